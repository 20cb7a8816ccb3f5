using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>
/// Checkouts of a shop with a past, against those of one without: a host on each database, of which one is busy at a
/// time.
/// </summary>
internal sealed class OldShop() : Scenario(
    "history", "checkout with a million orders and five million ledger lines", "an empty shop", new Target(0.9))
{
    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var empty = await stage.ShopAsync("tested_empty");
        var old = await stage.ShopAsync("tested_old");
        await stage.Cluster.ExecuteAsync(old.Database, PaidOrders.Old(old.Population, stage.Size.OldOrders));
        await stage.Cluster.ExecuteAsync(old.Database, "vacuum analyze");
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            var baselineRun = await MeasureAsync(stage, empty);
            var run = await MeasureAsync(stage, old);
            rounds.Add(new Round(baselineRun.PerSecond, run.PerSecond, run));
        }

        await stage.CloseAsync(empty);
        await stage.CloseAsync(old);
        return rounds;
    }

    private static async Task<ShopRun> MeasureAsync(Stage stage, TestedShop shop)
    {
        await stage.Cluster.CheckpointAsync();
        var run = await shop.MeasureAsync(
            shop.Plan(Shoppers.Checkout, Stage.Connections, stage.Options.WarmUp, stage.Options.Seconds));
        await shop.DrainAsync();
        return run;
    }
}
