using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>Operations a second over HTTP, against a script of the floor's.</summary>
internal class Throughput(string name, string what, string script, string traffic, Target? target, int connections = Stage.Connections)
    : Scenario(name, what, $"pgbench {script}", target)
{
    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var floor = await stage.FloorAsync();
        var shop = await stage.ShopAsync();
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            await stage.Cluster.SettleAsync();
            var below = await floor.MeasureAsync(script, Stage.Connections, stage.Options.Seconds);

            await stage.Cluster.SettleAsync();
            var plan = await PrepareAsync(stage, shop, shop.Plan(traffic, connections, stage.Options.WarmUp, stage.Options.Seconds));
            var run = await shop.MeasureAsync(plan);
            var drained = await shop.DrainAsync();
            await CleanUpAsync(stage, shop);
            rounds.Add(new Round(below.PerSecond, run.PerSecond, run, below, new Dictionary<string, double> { ["events handled after s"] = drained.TotalSeconds }));
        }

        return rounds;
    }

    protected virtual Task<LoadPlan> PrepareAsync(Stage stage, TestedShop shop, LoadPlan plan) => Task.FromResult(plan);

    protected virtual Task CleanUpAsync(Stage stage, TestedShop shop) => Task.CompletedTask;
}
