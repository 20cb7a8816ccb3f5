using System.Text.RegularExpressions;
using Shop.Tests.Architecture;
using Xunit;

namespace Shop.Tests.Docs;

/// <summary>Links between the pages, and from them to the code, lead somewhere.</summary>
public sealed partial class LinkTests
{
    [Fact]
    public void Every_link_leads_to_a_file_and_a_heading()
    {
        var pages = Solution.Pages().ToList();
        Assert.Contains(pages, page => LinksIn(File.ReadAllText(page)).Any());
        Faults.AssertNone(pages.SelectMany(page => BrokenIn(page, File.ReadAllText(page))));
    }

    [Theory]
    [InlineData("[a](docs/nowhere.md)", "docs/nowhere.md")]
    [InlineData("[`A`](docs/operations.md#no-such-heading)", "docs/operations.md#no-such-heading")]
    [InlineData("[a](#no-such-heading)", "#no-such-heading")]
    [InlineData("[two\nlines](nowhere.cs)", "nowhere.cs")]
    [InlineData("  click Order \"nowhere.cs\" \"Order\"", "nowhere.cs")]
    public void A_broken_link_is_found(string text, string link) =>
        Assert.Equal([$"README.md: {link}"], BrokenIn(Path.Combine(Solution.Root, "README.md"), text));

    [Theory]
    [InlineData("[a](docs/operations.md#failover) [b](https://example.com/nowhere) [c](docs/decisions)")]
    [InlineData("```sh\necho [a](nowhere)\n```\n")]
    public void Other_links_are_not(string text) =>
        Assert.Empty(BrokenIn(Path.Combine(Solution.Root, "README.md"), text));

    private static IEnumerable<string> BrokenIn(string page, string text) => LinksIn(text)
        .Where(link => !Leads(page, text, link))
        .Select(link => $"{Path.GetRelativePath(Solution.Root, page)}: {link}");

    private static IEnumerable<string> LinksIn(string text) =>
        Link().Matches(CodeBlock().Replace(text, "")).Concat(Click().Matches(text))
            .Select(match => match.Groups["target"].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal));

    private static bool Leads(string page, string text, string link)
    {
        var parts = link.Split('#', 2);
        var file = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, parts[0]));
        if (!File.Exists(file) && !Directory.Exists(file))
            return false;
        return parts.Length == 1 || HeadingsOf(file == page ? text : File.ReadAllText(file)).Contains(parts[1]);
    }

    // As GitHub makes them: lower case, punctuation dropped, blanks as hyphens.
    private static IEnumerable<string> HeadingsOf(string text) => Heading().Matches(text)
        .Select(match => Punctuation().Replace(match.Groups["text"].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^()\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    // A box of a Mermaid diagram.
    [GeneratedRegex(
        "^ +(click \\w+ |link \\w+: .* @ )\"?(?<target>[^\" ]+)\"?",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Click();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(
        "^#+ (?<text>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Punctuation();
}
