using Shop.Bench.Load;

namespace Shop.Bench.Scenarios;

/// <summary>How long one client's checkout takes when nobody else is there, against one client of pgbench.</summary>
internal sealed class Alone() : Scenario(
    "alone", "one client alone, checkout p50", "pgbench checkout, one client, mean", new Target(2, AtMost: true))
{
    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var (baseline, shop) = (await stage.BaselineAsync(), await stage.ShopAsync());
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            await stage.Cluster.CheckpointAsync();
            var baselineRun = await baseline.MeasureAsync("checkout", clients: 1, stage.Options.Seconds);
            await stage.Cluster.CheckpointAsync();
            var run = await shop.MeasureAsync(
                shop.Plan(Shoppers.Checkout, connections: 1, stage.Options.WarmUp, stage.Options.Seconds));
            await shop.DrainAsync();
            rounds.Add(new Round(baselineRun.AverageMilliseconds, run.Load.P50, run, baselineRun, Unit: "ms"));
        }

        return rounds;
    }
}
