using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>
/// Order lines a second where an order has 50 of them, and in the same round where it has 5: an order's cost is to be
/// linear in its lines. Both are checkouts, each against its own baseline.
/// </summary>
internal sealed class OrderLines()
    : Scenario("lines", "checkout of 50 lines, lines a second", "pgbench lines", new Target(1))
{
    private const int Many = 50;
    private const int Few = 5;

    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            var few = await MeasureAsync(stage, Few);
            var many = await MeasureAsync(stage, Many);
            rounds.Add(new Round(many.Baseline, many.Shop, many.Run, many.BaselineRun, new Dictionary<string, double>
            {
                ["lines/s of 5-line orders"] = few.Shop,
                ["their baseline"] = few.Baseline,
                ["their ratio"] = few.Shop / few.Baseline,
                ["ratio of lines/s, 50 to 5 lines"] = many.Shop / few.Shop,
                ["the baseline's"] = many.Baseline / few.Baseline,
            }));
        }

        return rounds;
    }

    public static async Task<Measured> MeasureAsync(Stage stage, int lines)
    {
        var (baseline, shop) = (await stage.BaselineAsync(), await stage.ShopAsync());
        await stage.Cluster.CheckpointAsync();
        var baselineRun = await baseline.MeasureAsync(
            "lines", Stage.Connections, stage.Options.Seconds, ("lines", lines));
        await stage.Cluster.CheckpointAsync();
        var plan = shop.Plan(Shoppers.Lines, Stage.Connections, stage.Options.WarmUp, stage.Options.Seconds);
        var run = await shop.MeasureAsync(plan with { Lines = lines });
        await shop.DrainAsync();
        if (run.Load.Errors.Count > 0)
            throw new InvalidOperationException($"Orders of {lines} lines: {string.Join(", ", run.Load.Errors)}");
        return new Measured(baselineRun.PerSecond * lines, run.PerSecond * lines, run, baselineRun);
    }

    public readonly record struct Measured(double Baseline, double Shop, ShopRun Run, BaselineRun BaselineRun);
}
