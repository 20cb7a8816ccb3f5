using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>
/// Checkouts of a shop that was changed, against those of one that was not: a host on each database, of which one is
/// busy at a time.
/// </summary>
/// <param name="change">SQL, for the shop's population.</param>
internal sealed class ComparedShops(
    string name, string what, string against, Target target, Func<Population, Size, string> change)
    : Scenario(name, what, against, target)
{
    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var plain = await stage.ShopAsync($"tested_plain_{Name}");
        var changed = await stage.ShopAsync($"tested_{Name}");
        await stage.Cluster.ExecuteAsync(changed.Database, change(changed.Population, stage.Size));
        await stage.Cluster.ExecuteAsync(changed.Database, "vacuum analyze");
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            var baselineRun = await MeasureAsync(stage, plain);
            var run = await MeasureAsync(stage, changed);
            rounds.Add(new Round(baselineRun.PerSecond, run.PerSecond, run));
        }

        await stage.CloseAsync(plain);
        await stage.CloseAsync(changed);
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
