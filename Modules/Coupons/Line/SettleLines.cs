using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Database;
using Shop.Coupons.Held;

namespace Shop.Coupons.Line;

/// <summary>
/// Settles the waiting lines in order of arrival: one transaction for each coupon and tick issues to the first who fit and tells the others why not.
/// A crash leaves the tick undone or done; with several instances one settles a coupon's tick.
/// </summary>
internal sealed class SettleLines(IServiceScopeFactory scopes, IOptions<CouponsOptions> options, TimeProvider time, ILogger<SettleLines> log) : Worker(time, log)
{
    // From one coupon with a line to the next, in as many steps of the index as there are lines, however long they are.
    private const string CouponsWithLine = """
        with recursive waiting as (
            (select coupon_id from coupons.requests where status = 'WAITING' order by coupon_id limit 1)
            union all
            select (select r.coupon_id from coupons.requests r where r.status = 'WAITING' and r.coupon_id > w.coupon_id order by r.coupon_id limit 1)
            from waiting w where w.coupon_id is not null)
        select coupon_id from waiting where coupon_id is not null
        """;

    // Only settling locks a line. Who finds it locked leaves it to the instance that settles it now; a tick less than an interval ago was another
    // instance's (a tenth less, since timers are not exact).
    private const string LockLine = """
        select true
        from coupons.lines
        where coupon_id = @couponId and (settled_at is null or settled_at <= @notSince)
        for no key update skip locked
        """;

    // The row on which settling and issuing at once take turns.
    private const string LockCoupon = "select quantity - issued from coupons.coupons where coupon_id = @couponId for no key update";

    // Who has the coupon already takes nothing from those behind. Ids are drawn where it is decided who gets one, so that nothing has to be joined afterwards:
    // PostgreSQL, which has not counted the line yet, would take ten thousand rows for a few. For the same reason the last condition keeps clear of the
    // index of those who wait: the whole line would be read for each who is settled.
    private const string Settle = $"""
        with batch as (
            select r.request_id, r.user_id, r.ticket,
                exists (select 1 from coupons.user_coupons u where u.coupon_id = r.coupon_id and u.user_id = r.user_id) as has_one
            from coupons.requests r
            where r.coupon_id = @couponId and r.status = 'WAITING'
            order by r.ticket
            limit @batchSize),
        placed as (
            select request_id, user_id, ticket, has_one, row_number() over (partition by has_one order by ticket) as place from batch),
        decided as materialized (
            select request_id, user_id, has_one,
                case when not has_one and place <= @remaining then nextval('coupons.user_coupons_user_coupon_id_seq') end as user_coupon_id
            from (select request_id, user_id, has_one, place from placed order by ticket) in_line),
        issued as (
            insert into coupons.user_coupons (user_coupon_id, coupon_id, user_id, status, issued_at)
            overriding system value
            select user_coupon_id, @couponId, user_id, 'AVAILABLE', @now from decided where user_coupon_id is not null),
        counted as (
            update coupons.coupons set issued = issued + (select count(user_coupon_id) from decided) where coupon_id = @couponId),
        marked as (
            update coupons.lines
            set settled_ticket = greatest(settled_ticket, (select max(ticket) from batch)), settled_at = @now
            where coupon_id = @couponId and exists (select 1 from batch))
        update coupons.requests r
        set status = case when d.user_coupon_id is null then 'FAILED' else 'COMPLETED' end,
            user_coupon_id = d.user_coupon_id,
            reason = case when d.user_coupon_id is not null then null
                when d.has_one then '{IssueRefusals.AlreadyIssuedCode}' else '{IssueRefusals.SoldOutCode}' end,
            settled_at = @now
        from decided d
        where r.request_id = d.request_id and r.status || '' = 'WAITING'
        """;

    protected override string Name => "coupon-line";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        IReadOnlyList<long> coupons;
        await using (var scope = scopes.CreateAsyncScope())
            coupons = await scope.ServiceProvider.GetRequiredService<Db>().QueryAsync<long>(CouponsWithLine, null, ct);

        var settled = 0;
        foreach (var couponId in coupons)
            settled += await SettleAsync(couponId, ct);
        return settled;
    }

    // The round after one that settled something finds no line due and comes here too: the interval is the line's pace.
    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(options.Value.Queue.Interval, Time, ct);

    // A line that fails, again and again perhaps, is not to hold up those behind it.
    private async Task<int> SettleAsync(long couponId, CancellationToken ct)
    {
        try
        {
            return await TickAsync(couponId, ct) + await FailTheRestAsync(couponId, ct);
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            Log.LogError(error, "The line of coupon {CouponId} could not be settled; it is tried again with the next tick", couponId);
            return 0;
        }
    }

    private async Task<int> TickAsync(long couponId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(ct);
        var notSince = Time.UtcNow() - options.Value.Queue.Interval * 0.9;
        if (!await db.QuerySingleOrDefaultAsync<bool>(LockLine, new { couponId, notSince }, ct))
            return 0;
        var remaining = await db.QuerySingleAsync<int>(LockCoupon, new { couponId }, ct);

        // Read after the lock, like every time that is written.
        var now = Time.UtcNow();
        var settled = await db.ExecuteAsync(Settle, new { couponId, remaining, batchSize = options.Value.Queue.BatchSize, now }, ct);
        await db.CommitAsync(ct);
        return settled;
    }

    private async Task<int> FailTheRestAsync(long couponId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Db>().FailTheRestAsync(couponId, Time, ct);
    }
}
