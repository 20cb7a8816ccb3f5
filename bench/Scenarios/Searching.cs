using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>
/// Searches of each class and sort by one client, as p95; then checkouts beside 40 clients that search, against
/// checkouts alone.
/// </summary>
internal sealed class Searching()
    : Scenario("search", "checkout beside 40 searchers, a million products", "checkout alone", new Target(0.5))
{
    private const int Searchers = 40;
    private const double WarmUp = 0.5;
    private const double MaximumSeconds = 2;

    private static readonly string[] Sorts = ["NEWEST", "PRICE_ASC", "PRICE_DESC", "NAME"];

    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var shop = await Catalogue.ShopAsync(stage);
        var latencies = await LatenciesAsync(stage, shop);
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
            rounds.Add(await BesideAsync(stage, shop, latencies));
        return rounds;
    }

    private static async Task<Dictionary<string, double>> LatenciesAsync(Stage stage, TestedShop shop)
    {
        var seconds = Math.Min(MaximumSeconds, stage.Options.Seconds);
        var latencies = new Dictionary<string, double>();
        foreach (var (name, word) in Catalogue.Words)
        {
            foreach (var sort in stage.Options.Smoke ? Sorts[..1] : Sorts)
            {
                var plan = shop.Plan(Shoppers.Get, connections: 1, WarmUp, seconds) with { Path = PathOf(word, sort) };
                var load = await GeneratorProcess.RunAsync(plan, NothingAsync, NothingAsync);
                if (load.Operations == 0)
                    throw new InvalidOperationException($"{plan.Path} failed: {string.Join(", ", load.Errors)}");
                // Too broad for a slow hour, that is: the others' figures stand.
                if (load.Errors.Count > 0)
                    latencies[$"{name}, {sort}: refused"] = load.Errors.Values.Sum();
                latencies[$"{name}, {sort}: p95 ms"] = load.P95;
            }
        }

        return latencies;
    }

    private static async Task<Round> BesideAsync(
        Stage stage, TestedShop shop, IReadOnlyDictionary<string, double> latencies)
    {
        var (warmUp, seconds) = (stage.Options.WarmUp, stage.Options.Seconds);
        await stage.Cluster.CheckpointAsync();
        var alone = await shop.MeasureAsync(shop.Plan(Shoppers.Checkout, Stage.Connections, warmUp, seconds));
        await shop.DrainAsync();

        await stage.Cluster.CheckpointAsync();
        // They search from before the other's warm-up to after its window.
        var searchers = shop.Plan(Shoppers.GetAny, Searchers, warmUp: 0, warmUp + seconds + 2);
        var searching = GeneratorProcess.RunAsync(searchers with { Paths = AllPaths() }, NothingAsync, NothingAsync);
        var beside = await shop.MeasureAsync(shop.Plan(Shoppers.Checkout, Stage.Connections, warmUp, seconds));
        var searches = await searching;
        await shop.DrainAsync();
        return new Round(alone.PerSecond, beside.PerSecond, beside, Notes: new Dictionary<string, double>(latencies)
        {
            ["searches/s beside"] = searches.Operations / searches.Seconds,
            ["their p95 ms, with the queue"] = searches.P95,
            ["searches refused"] = searches.Errors.Values.Sum(),
            ["checkout p95 ms alone"] = alone.Load.P95,
        });
    }

    private static List<string> AllPaths() =>
        [.. Catalogue.Words.Values.SelectMany(word => Sorts.Select(sort => PathOf(word, sort)))];

    private static string PathOf(string word, string sort) =>
        $"/api/v1/products?q={Uri.EscapeDataString(word)}&sort={sort}";

    private static Task NothingAsync() => Task.CompletedTask;
}
