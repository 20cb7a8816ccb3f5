using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>
/// Lines of C#, JavaScript and Markdown have 120 columns at most. Rows of Markdown tables can't be broken, and
/// generated code (.g.cs) is as it comes.
/// </summary>
public sealed class WidthTests
{
    private const int Columns = 120;

    [Fact]
    public void Code_scripts_and_documents_are_120_columns_wide() =>
        Faults.AssertNone(((string[])[".cs", ".js", ".md"]).SelectMany(Files).SelectMany(WideLinesOf));

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
        .Where(file => !file.EndsWith(".g.cs", StringComparison.Ordinal))
        .Where(file => !file.Split('/').Any(
            folder => folder is "obj" or "bin" or "data" or "artifacts" or "node_modules" or ".git"));

    private static IEnumerable<string> WideLinesOf(string file) => File.ReadLines(Path.Combine(Solution.Root, file))
        .Select((line, index) => (Text: line, Number: index + 1))
        .Where(line => IsWide(line.Text))
        .Select(line => $"{file}:{line.Number} has {line.Text.Length} columns.");

    private static bool IsWide(string line) => line.Length > Columns && !line.StartsWith('|');
}
