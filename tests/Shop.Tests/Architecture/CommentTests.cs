using System.Text.RegularExpressions;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>
/// A sentence of a comment begins with its subject, a standard term. A free clause ("What is queued stays queued") is
/// none.
/// </summary>
public sealed partial class CommentTests
{
    private static readonly string[] Folders = ["BuildingBlocks", "Modules", "Host", "bench", "tests"];

    [Fact]
    public void No_comment_has_a_free_clause_as_its_subject()
    {
        var files = Folders.SelectMany(Solution.SourceFiles)
            .Where(file => Path.GetExtension(file) == ".cs")
            .Concat(Solution.PageScripts())
            .ToList();
        Assert.Contains(files, file => file.EndsWith("OrderDecider.cs", StringComparison.Ordinal));
        Assert.Contains(files, file => file.EndsWith("intents.js", StringComparison.Ordinal));
        Faults.AssertNone(
            from file in files
            from line in File.ReadLines(file).Index()
            where HasFreeClause(line.Item)
            select $"{Path.GetFileName(file)}:{line.Index + 1} begins with a clause: {line.Item.Trim()}");
    }

    [Theory]
    [InlineData("    // What is queued stays queued.")]
    [InlineData("    /// <summary>Whoever holds the lock writes.</summary>")]
    [InlineData("/// <param name=\"Total\">What is to be paid.</param>")]
    [InlineData("    // Guarded by the lease: who lost it has no say any more.")]
    [InlineData("    // The head alone; nobody waits for the rest.")]
    [InlineData("    Send(); /" + "/ Nobody waits for it.")]
    [InlineData("/** What a page shows. */")]
    [InlineData(" * A button: what it says is what it does.")]
    public void A_free_clause_is_found(string line) => Assert.True(HasFreeClause(line));

    [Theory]
    [InlineData("    // Queued statements stay queued.")]
    [InlineData("    // Writes what was decided.")]
    [InlineData("    Say(\"Note: what is sold is sold.\");")]
    [InlineData("    Open(\"http://What.is\");")]
    public void Others_are_not(string line) => Assert.False(HasFreeClause(line));

    private static bool HasFreeClause(string line) =>
        Comment().Match(line) is { Success: true } comment && FreeClause().IsMatch(comment.Groups["text"].Value);

    [GeneratedRegex(
        "(^\\s*(///?|/\\*\\*|\\*) |[;{})] // )(?<text>.*)$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Comment();

    [GeneratedRegex(
        """
        (^(<[^>]+>\s*)*|[.:;?!]\s(<[^>]+>\s*)*)
            (Who|Whoever|Whom|Whose|What|Whatever|Whichever|(Some|Any|Every|No)body)\b
        | [;:]\s(who|whoever|whom|whose|what|whatever|whichever|(some|any|every|no)body)\b
        """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex FreeClause();
}
