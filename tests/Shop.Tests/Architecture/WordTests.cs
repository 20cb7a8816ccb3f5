using System.Text.RegularExpressions;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>The names that <c>docs/glossary.md</c> has retired do not return in the code.</summary>
public sealed partial class WordTests
{
    private static readonly string[] Folders = ["BuildingBlocks", "Modules", "Host", "bench", "tests"];

    private static readonly List<(string Name, string Words)> Retired = RetiredBy(
        File.ReadLines(Path.Combine(Solution.Root, "docs", "glossary.md")));

    [Fact]
    public void No_name_has_a_retired_word()
    {
        Assert.True(Retired.Count >= 40, $"The glossary retires only {Retired.Count} names.");
        var names = Folders.SelectMany(Solution.SourceFiles)
            .Where(file => Path.GetExtension(file) == ".cs")
            .SelectMany(file => NamesIn(File.ReadAllText(file)).Select(name => (Name: name, File: file)))
            .ToLookup(name => name.Name, name => Path.GetFileName(name.File), StringComparer.Ordinal);
        Assert.True(names.Contains("OrderDecider"));

        Faults.AssertNone(
            from name in names
            let words = Words(name.Key)
            from retired in Retired
            where words.Contains(retired.Words, StringComparison.OrdinalIgnoreCase)
            select $"{name.First()}: {name.Key} has the retired word {retired.Name}; docs/glossary.md has today's.");
    }

    [Theory]
    [InlineData("Lane", "Lane")]
    [InlineData("oneLane", "Lane")]
    [InlineData("LaneCount", "Lane")]
    [InlineData("OrderUndoneHandler", "OrderUndone")]
    public void A_retired_word_is_found(string name, string retired) =>
        Assert.Contains(Words(retired), Words(name), StringComparison.OrdinalIgnoreCase);

    [Theory]
    [InlineData("Planet", "Lane")]
    [InlineData("Undone", "OrderUndone")]
    public void A_part_of_a_word_is_not(string name, string retired) =>
        Assert.DoesNotContain(Words(retired), Words(name), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void Comments_strings_and_sentences_have_no_names() => Assert.Equal(
        ["var", "a", "Name"],
        NamesIn("var a = \"Lane\"; // Lane\nName(\"\"\"\n  Lane \"Lane\"\n  \"\"\", A_lane_is_free, $\"{Lane}\");"));

    private static List<(string Name, string Words)> RetiredBy(IEnumerable<string> page) =>
    [
        .. page.Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|')[3])
            .SelectMany(cell => Quoted().Matches(cell))
            .Select(name => (name.Groups["name"].Value, Words(name.Groups["name"].Value))),
    ];

    // The names of tests are sentences: they have underscores.
    private static IEnumerable<string> NamesIn(string source) => Name().Matches(NoCode().Replace(source, " "))
        .Select(match => match.Value)
        .Where(name => !name.Contains('_', StringComparison.Ordinal))
        .Distinct(StringComparer.Ordinal);

    // " order undone " for OrderUndone.
    private static string Words(string name) =>
        $" {string.Join(' ', Word().Matches(name).Select(word => word.Value))} ";

    [GeneratedRegex("`(?<name>[A-Za-z]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Quoted();

    [GeneratedRegex(
        """
        \"{3}[\s\S]*?\"{3} | //[^\n]* | "(\\.|[^"\\\n])*"
        """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex NoCode();

    [GeneratedRegex(@"\b[A-Za-z]\w*\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Name();

    [GeneratedRegex("[A-Z]?[a-z]+|[A-Z]+(?![a-z])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Word();
}
