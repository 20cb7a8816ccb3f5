using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>
/// Lines of C#, JavaScript and Markdown have 120 columns at most. Rows of Markdown tables can't be broken.
/// </summary>
public sealed class WidthTests
{
    private const int Columns = 120;

    /// <summary>Older lines of C# that are still to be wrapped: the number only falls, to 0 in the end.</summary>
    private const int OlderLines = 65;

    [Fact]
    public void Pages_and_scripts_are_120_columns_wide() =>
        Faults.AssertNone(Files(".md").Concat(Files(".js")).SelectMany(WideLinesOf));

    [Fact]
    public void Code_is_120_columns_wide_but_for_older_lines()
    {
        var wide = Files(".cs").SelectMany(WideLinesOf).ToList();
        Assert.True(
            wide.Count <= OlderLines,
            $"{wide.Count} lines, {OlderLines} before. Wrap what is new:\n{string.Join('\n', wide)}");
    }

    [Theory]
    [InlineData("// 한국어", 121 - 6)]
    [InlineData("text", 121 - 4)]
    public void A_wide_line_is_found(string text, int dots) => Assert.True(IsWide($"{text}{new string('.', dots)}"));

    [Theory]
    [InlineData("// 한국어", 120 - 6)]
    [InlineData("| a row of a table |", 200)]
    public void Others_are_not(string text, int dots) => Assert.False(IsWide($"{text}{new string('.', dots)}"));

    private static IEnumerable<string> Files(string extension) => Directory
        .EnumerateFiles(Solution.Root, $"*{extension}", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Solution.Root, file).Replace('\\', '/'))
        .Where(file => !file.Split('/').Any(folder => folder is "obj" or "bin" or "data" or "artifacts" or ".git"));

    private static IEnumerable<string> WideLinesOf(string file) => File.ReadLines(Path.Combine(Solution.Root, file))
        .Select((line, index) => (Text: line, Number: index + 1))
        .Where(line => IsWide(line.Text))
        .Select(line => $"{file}:{line.Number} has {line.Text.Length} columns.");

    private static bool IsWide(string line) => line.Length > Columns && !line.StartsWith('|');
}
