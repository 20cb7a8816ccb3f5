using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>Lines have 120 columns at most. Rows of Markdown tables can't be broken, so they may be longer.</summary>
public sealed class WidthTests
{
    private const int Columns = 120;

    [Fact]
    public void Pages_are_120_columns_wide() => Faults.AssertNone(Solution.Pages().SelectMany(WideLinesOf));

    [Theory]
    [InlineData("// 한국어", 121 - 6)]
    [InlineData("text", 121 - 4)]
    public void A_wide_line_is_found(string text, int blanks) =>
        Assert.True(IsWide($"{text}{new string('.', blanks)}"));

    [Theory]
    [InlineData("// 한국어", 120 - 6)]
    [InlineData("| a row of a table |", 200)]
    public void Others_are_not(string text, int blanks) => Assert.False(IsWide($"{text}{new string('.', blanks)}"));

    private static IEnumerable<string> WideLinesOf(string file) => File.ReadLines(file)
        .Select((line, index) => (Line: line, Number: index + 1))
        .Where(line => IsWide(line.Line))
        .Select(line => $"{Path.GetRelativePath(Solution.Root, file)}:{line.Number} has {line.Line.Length} columns");

    private static bool IsWide(string line) => line.Length > Columns && !line.StartsWith('|');
}
