using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>Operations a second over HTTP, against a script of the baseline's.</summary>
internal class Throughput(
    string name, string what, string script, string traffic, Target? target, int connections = Stage.Connections)
    : Scenario(name, what, $"pgbench {script}", target)
{
    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var baseline = await stage.BaselineAsync();
        var shop = await stage.ShopAsync();
        var before = await stage.BeforeAsync();
        var rounds = new List<Round>();
        // The builds take turns at being first, each as often: the second runs beside the vacuum of the first.
        var count = stage.Options.Rounds + (before is null ? 0 : stage.Options.Rounds % 2);
        for (var round = 0; round < count; round++)
        {
            await stage.Cluster.CheckpointAsync();
            var baselineRun = await baseline.MeasureAsync(script, Stage.Connections, stage.Options.Seconds);

            var earlier = before is not null && round % 2 == 0 ? await MeasureAsync(stage, before) : (Measured?)null;
            var (run, drained) = await MeasureAsync(stage, shop);
            earlier ??= before is not null ? await MeasureAsync(stage, before) : null;
            rounds.Add(new Round(
                baselineRun.PerSecond, run.PerSecond, run, baselineRun,
                Notes(drained, earlier?.Run),
                Before: earlier?.Run.PerSecond));
        }

        return rounds;
    }

    private async Task<Measured> MeasureAsync(Stage stage, TestedShop shop)
    {
        await stage.Cluster.CheckpointAsync();
        var plan = shop.Plan(traffic, connections, stage.Options.WarmUp, stage.Options.Seconds);
        var run = await shop.MeasureAsync(await PrepareAsync(stage, shop, plan));
        var drained = await shop.DrainAsync();
        await CleanUpAsync(stage, shop);
        return new Measured(run, drained);
    }

    private static Dictionary<string, double> Notes(TimeSpan drained, ShopRun? before)
    {
        var notes = new Dictionary<string, double> { ["events handled after s"] = drained.TotalSeconds };
        if (before is not null)
        {
            notes["build before, host CPU us/op"] = before.HostCpuPerOperation * 1_000;
            notes["its PostgreSQL CPU us/op"] = before.PostgresCpuPerOperation * 1_000;
            notes["its allocated bytes/request"] = before.BytesPerRequest;
        }

        return notes;
    }

    private readonly record struct Measured(ShopRun Run, TimeSpan Drained);

    protected virtual Task<LoadPlan> PrepareAsync(Stage stage, TestedShop shop, LoadPlan plan) => Task.FromResult(plan);

    protected virtual Task CleanUpAsync(Stage stage, TestedShop shop) => Task.CompletedTask;
}
