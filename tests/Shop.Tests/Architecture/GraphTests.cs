using Shop.BuildingBlocks.Outbox;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>
/// The graph in <c>docs/architecture.md</c> is that of the code. SHOP_DRAW=1 in the environment draws it again.
/// </summary>
public sealed class GraphTests
{
    private const string Begin = "<!-- Drawn from the code by GraphTests. -->\n";
    private const string End = "<!-- Until here. -->";

    // As many names as a line of the document holds.
    private const int EventsOfAnArrow = 4;

    private static readonly string Document = Path.Combine(Solution.Root, "docs", "architecture.md");

    [Fact]
    public void The_graph_is_that_of_the_code()
    {
        var text = File.ReadAllText(Document).ReplaceLineEndings("\n");
        var drawn = Replace(text, Draw());
        if (Environment.GetEnvironmentVariable("SHOP_DRAW") == "1")
            File.WriteAllText(Document, drawn);
        else
            Assert.True(
                text == drawn,
                "The graph in docs/architecture.md is stale. Run this test with SHOP_DRAW=1 in the environment. It "
                + $"should be:\n{Draw()}");
    }

    [Fact]
    public void A_stale_graph_is_found()
    {
        var text = File.ReadAllText(Document).ReplaceLineEndings("\n");
        Assert.NotEqual(text, Replace(text, Draw().Replace("  Payments --> Wallet\n", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Calls_and_events_are_seen()
    {
        var graph = Draw();
        Assert.Contains("  Payments --> Wallet\n", graph, StringComparison.Ordinal);
        Assert.Matches("  Ordering -\\. \"[^\"]*order-paid[^\"]*\" \\.-> Ranking\n", graph);
    }

    private static string Replace(string text, string graph)
    {
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        return text[..begin] + graph + text[text.IndexOf(End, begin, StringComparison.Ordinal)..];
    }

    private static string Draw()
    {
        var names = Solution.Modules.ToDictionary(
            module => module.Schema, module => module.GetType().Name[..^"Module".Length]);
        var lines = names.Values.Order(StringComparer.Ordinal).Select(name => $"  {name}")
            .Concat(Calls(names.Values).Order(StringComparer.Ordinal))
            .Concat(Events(names).Order(StringComparer.Ordinal));
        return $"```mermaid\ngraph LR\n{string.Concat(lines.Select(line => $"{line}\n"))}```\n";
    }

    // A reference to another module's Contracts.
    private static IEnumerable<string> Calls(IReadOnlyCollection<string> modules) =>
        from project in Solution.Projects()
        let caller = project.Key["Shop.".Length..]
        where modules.Contains(caller)
        from reference in project.Value
        where reference.EndsWith(".Contracts", StringComparison.Ordinal) && reference != $"{project.Key}.Contracts"
        select $"  {caller} --> {reference["Shop.".Length..^".Contracts".Length]}";

    private static IEnumerable<string> Events(Dictionary<string, string> names)
    {
        var types = new EventTypes(EventTypes.In(Solution.ShopAssemblies()));
        var heard =
            from subscription in Subscription.Of(Subscription.HandlersIn(Solution.ShopAssemblies()))
            from type in types.All
            where subscription.Takes(type)
            select (
                From: names[types.SchemaOf(type)],
                To: names[subscription.Name.Split('.')[0]],
                Name: types.NameOf(type).Split('.')[1]);
        return heard.Distinct().Where(arrow => arrow.From != arrow.To).GroupBy(arrow => (arrow.From, arrow.To))
            .SelectMany(
                arrows => arrows.Select(arrow => arrow.Name).Order(StringComparer.Ordinal).Chunk(EventsOfAnArrow),
                (arrows, names) => $"  {arrows.Key.From} -. \"{string.Join(", ", names)}\" .-> {arrows.Key.To}");
    }
}
