using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>
/// Checkouts for two minutes. Their events have to be handled meanwhile: age and number are sampled all the time.
/// </summary>
internal sealed class Sustained() : Scenario(
    "sustained", "checkout for two minutes, events handled meanwhile", "pgbench checkout", new Target(0.8))
{
    private const string Age =
        "select coalesce(extract(epoch from clock_timestamp() - (select occurred_at from ordering.outbox order by id "
        + "limit 1)), 0)::float8";

    private const string Backlog = "select count(*) from ordering.outbox";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var (baseline, shop) = (await stage.BaselineAsync(), await stage.ShopAsync());
        await stage.Cluster.CheckpointAsync();
        var baselineRun = await baseline.MeasureAsync("checkout", Stage.Connections, stage.Options.SustainedSeconds);

        await stage.Cluster.CheckpointAsync();
        using var over = new CancellationTokenSource();
        var watching = WatchAsync(stage, shop, over.Token);
        var run = await shop.MeasureAsync(
            shop.Plan(Shoppers.Checkout, Stage.Connections, stage.Options.WarmUp, stage.Options.SustainedSeconds));
        await over.CancelAsync();
        var backlog = await stage.Cluster.ScalarAsync<long>(shop.Database, Backlog, pooled: true);
        var notes = await watching;
        notes["events left at the end"] = backlog;
        notes["events handled after s"] = (await shop.DrainAsync()).TotalSeconds;
        return [new Round(baselineRun.PerSecond, run.PerSecond, run, baselineRun, notes)];
    }

    private static async Task<Dictionary<string, double>> WatchAsync(
        Stage stage, TestedShop shop, CancellationToken over)
    {
        var ages = new List<double>();
        var memory = new List<double>();
        while (!over.IsCancellationRequested)
        {
            ages.Add(await stage.Cluster.ScalarAsync<double>(shop.Database, Age, pooled: true));
            memory.Add(ProcFiles.Megabytes(shop.Host.ProcessId));
            await Task.Delay(Pause, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var sorted = ages.Order().ToList();
        return new Dictionary<string, double>
        {
            ["age of the oldest event p50 s"] = sorted[sorted.Count / 2],
            ["p99 s"] = sorted[(int)(sorted.Count * 0.99)],
            ["RSS MB after a quarter"] = memory[memory.Count / 4],
            ["RSS MB at the end"] = memory[^1],
        };
    }
}
