using System.Diagnostics;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>
/// How fast the host handles a heap of OrderPaid with all who listen to it: stock sold, coupons, sales counted,
/// deliveries written. They are put there in one transaction that holds the dispatcher's lock, so that it finds all of
/// them at once.
/// </summary>
internal sealed class OutboxDrain() : Scenario(
    "outbox", "events of paid orders with their real handlers", against: null, new Target(20_000))
{
    // Polling finds what the bench has written; half a second of waiting for it is not what is baselineRun.
    private static readonly Dictionary<string, string> Eager = new() { ["Outbox:PollInterval"] = "00:00:00.02" };

    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var shop = await stage.ShopAsync();
        await shop.RestartAsync(Eager);
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            await stage.Cluster.CheckpointAsync();
            await stage.Cluster.ExecuteAsync(shop.Database, PaidOrders.WithEvents(shop.Population, stage.Size.Drained));
            var started = Stopwatch.GetTimestamp();
            // By the index: the question must not read what has been deleted again and again.
            await stage.UntilAsync(shop, "select min(id) is null from ordering.outbox");
            var handled = Stopwatch.GetElapsedTime(started);
            await shop.DrainAsync();
            var notes = new Dictionary<string, double>
            {
                ["taken to the data platform after s"] = Stopwatch.GetElapsedTime(started).TotalSeconds,
            };
            rounds.Add(new Round(null, stage.Size.Drained / handled.TotalSeconds, Run: null, Notes: notes));
        }

        await shop.RestartAsync();
        return rounds;
    }
}
