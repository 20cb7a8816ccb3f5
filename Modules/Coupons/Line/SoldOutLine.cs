using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.Coupons.Held;

namespace Shop.Coupons.Line;

/// <summary>Once the last one is gone nobody has to wait for the news, nor for a tick.</summary>
internal static class SoldOutLine
{
    // A line may be longer than what one statement gets done in its time.
    private const int Part = 10_000;

    // A coupon that is sold out stays so: this needs no locks but those of its own rows.
    private const string FailTheRest = $"""
        with rest as (
            select r.request_id
            from coupons.requests r
            where r.coupon_id = @couponId and r.status = 'WAITING'
              and exists (select 1 from coupons.coupons c where c.coupon_id = @couponId and c.issued >= c.quantity)
            order by r.ticket
            limit @Part
            for no key update of r skip locked),
        failed as (
            update coupons.requests r
            set status = 'FAILED', settled_at = @now,
                reason = case when exists (select 1 from coupons.user_coupons u where u.coupon_id = r.coupon_id and u.user_id = r.user_id)
                    then '{IssueRefusals.AlreadyIssuedCode}' else '{IssueRefusals.SoldOutCode}' end
            from rest
            where r.request_id = rest.request_id
            returning r.ticket),
        marked as (
            update coupons.lines set settled_ticket = greatest(settled_ticket, (select max(ticket) from failed))
            where coupon_id = @couponId and exists (select 1 from failed))
        select count(*) from failed
        """;

    /// <summary>Fails who waits for the coupon, if it is sold out.</summary>
    /// <returns>How many were failed.</returns>
    public static async Task<int> FailTheRestAsync(this Db db, long couponId, TimeProvider time, CancellationToken ct)
    {
        var failed = 0;
        int part;
        do
        {
            part = (int)await db.QuerySingleAsync<long>(FailTheRest, new { couponId, Part, now = time.UtcNow() }, ct);
            failed += part;
        }
        while (part == Part);
        return failed;
    }
}
