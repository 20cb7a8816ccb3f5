using System.Diagnostics;
using System.Globalization;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>
/// How fast one coupon's queue is processed when nothing holds it back: no pause between ticks, ten thousand each.
/// </summary>
internal sealed class QueueProcessing() : Scenario(
    "settling", "a coupon's waiting line is settled", against: null, new Target(20_000))
{
    private static readonly Dictionary<string, string> FullSpeed = new()
    {
        ["Coupons:Queue:Interval"] = "00:00:00.001",
        ["Coupons:Queue:BatchSize"] = "10000",
    };

    private const string EnterQueue = """
        insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
        select gen_random_uuid(), {coupon}, {first} + n, coupons.next_ticket({coupon}), 'WAITING', now()
            from generate_series(0, {requests} - 1) n
        """;

    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var shop = await stage.ShopAsync();
        var requests = Math.Min(stage.Size.Drained, stage.Size.Users);
        await shop.RestartAsync(FullSpeed);
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            await stage.Cluster.ExecuteAsync(shop.Database, CouponSeeds.Insert(1, requests));
            var coupon = await stage.Cluster.ScalarAsync<long>(
                shop.Database, "select max(coupon_id) from coupons.coupons", pooled: false);
            await stage.Cluster.CheckpointAsync();
            await stage.Cluster.ExecuteAsync(shop.Database, EnterQueue
                .Replace("{coupon}", coupon.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace(
                    "{first}",
                    shop.Population.Users.First.ToString(CultureInfo.InvariantCulture),
                    StringComparison.Ordinal)
                .Replace("{requests}", requests.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
            var started = Stopwatch.GetTimestamp();
            await stage.UntilAsync(shop, "select not exists (select from coupons.requests where status = 'WAITING')");
            rounds.Add(new Round(null, requests / Stopwatch.GetElapsedTime(started).TotalSeconds, Run: null));
        }

        await shop.RestartAsync();
        return rounds;
    }
}
