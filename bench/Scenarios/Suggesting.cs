using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>
/// Suggestions for beginnings of names and of words, as somebody types them, among a million products; against a
/// constant JSON. Each class by one client is a note, as p95.
/// </summary>
internal sealed class Suggesting()
    : Scenario("suggest", "suggestions, a million products", "constant JSON", new Target(0.3))
{
    private const int BytesOfAnswer = 500;
    private const double WarmUp = 0.5;
    private const double MaximumSeconds = 2;

    private static readonly Dictionary<string, string> Typed = new()
    {
        ["beginning of a name"] = "가나",
        ["beginning of a word"] = "keyb",
        ["one letter"] = "바",
        ["part of a word"] = "board",
        ["absent"] = "qwxzv",
    };

    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var shop = await Catalogue.ShopAsync(stage);
        var seconds = Math.Min(MaximumSeconds, stage.Options.Seconds);
        var latencies = new Dictionary<string, double>();
        foreach (var (name, typed) in Typed)
        {
            var plan = shop.Plan(Shoppers.Get, connections: 1, WarmUp, seconds) with { Path = PathOf(typed) };
            latencies[$"{name}: p95 ms"] = (await shop.MeasureAsync(plan)).Load.P95;
        }

        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            await stage.Cluster.CheckpointAsync();
            var plan = shop.Plan(Shoppers.GetAny, Stage.Connections, stage.Options.WarmUp, stage.Options.Seconds);
            var baselineRun = await shop.MeasureAsync(
                plan with { Traffic = Shoppers.Get, Path = ConstantAnswers.PathOf(BytesOfAnswer) });
            var run = await shop.MeasureAsync(plan with { Paths = [.. Typed.Values.Select(PathOf)] });
            rounds.Add(new Round(baselineRun.PerSecond, run.PerSecond, run, Notes: latencies));
        }

        return rounds;
    }

    private static string PathOf(string typed) => $"/api/v1/products/suggestions?q={Uri.EscapeDataString(typed)}";
}
