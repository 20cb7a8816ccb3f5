using System.Globalization;
using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>
/// Users ask for ten fresh coupons, each pair of user and coupon once. The baseline's script draws pairs at random and
/// lets the few that come twice fall.
/// </summary>
internal class CouponScenario(string name, string what, string traffic, Target target)
    : Throughput(name, what, name, traffic, target)
{
    private const int FewestPairs = 100_000;
    private const int FewestCoupons = 10;

    protected override async Task<LoadPlan> PrepareAsync(Stage stage, TestedShop shop, LoadPlan plan)
    {
        // No user asks twice for one coupon: a small shop has more coupons.
        var coupons = Math.Max(FewestCoupons, FewestPairs / plan.Users.Count);
        await stage.Cluster.ExecuteAsync(shop.Database, CouponSeeds.Insert(coupons, quantity: 10_000_000));
        var last = await stage.Cluster.ScalarAsync<long>(
            shop.Database, "select max(coupon_id) from coupons.coupons", pooled: false);
        return plan with { Coupons = new IdRange(last - coupons + 1, coupons) };
    }
}

/// <summary>The queues are processed meanwhile, at the default pace.</summary>
internal sealed class CouponEntry() : CouponScenario(
    "coupon", "a place in a coupon's waiting line", Shoppers.QueueEntry, new Target(0.4))
{
    // Entries that still wait would be processed in the time of the next run.
    private const string ClearQueues = "delete from coupons.requests where status = 'WAITING'";

    protected override Task CleanUpAsync(Stage stage, TestedShop shop) =>
        stage.Cluster.ExecuteAsync(shop.Database, ClearQueues);
}

internal sealed class CodeRedemption() : CouponScenario(
    "redeem", "the one code of each of ten coupons", Shoppers.CodeRedemption, new Target(3))
{
    protected override async Task<LoadPlan> PrepareAsync(Stage stage, TestedShop shop, LoadPlan plan)
    {
        var prepared = await base.PrepareAsync(stage, shop, plan);
        await stage.Cluster.ExecuteAsync(shop.Database, CouponSeeds.InsertCodes(prepared.Coupons));
        return prepared;
    }
}

internal static class CouponSeeds
{
    public static string Insert(int coupons, int quantity) => string.Create(CultureInfo.InvariantCulture, $"""
        insert into coupons.coupons (name, discount_type, discount_value, quantity, issue_from, issue_until,
            valid_from, valid_until, created_at)
        select 'Coupon ' || n, 'FIXED', 1000, {quantity}, now() - interval '1 hour', now() + interval '1 day', now(),
            now() + interval '1 day', now()
        from generate_series(1, {coupons}) n;
        """);

    /// <summary>One code for each coupon, with its id behind BENCH.</summary>
    public static string InsertCodes(IdRange coupons) => string.Create(CultureInfo.InvariantCulture, $"""
        insert into coupons.codes (folded, code, coupon_id, uses)
        select 'BENCH' || id, 'BENCH' || id, id, 10000000
        from generate_series({coupons.First}, {coupons.First + coupons.Count - 1}) id;
        """);
}
