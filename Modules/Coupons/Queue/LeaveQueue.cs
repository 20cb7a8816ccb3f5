using Shop.Coupons.Contracts;

namespace Shop.Coupons.Queue;

internal sealed record LeaveQueue(Guid RequestId, Caller Caller) : ICommand<Unit>;

internal static class LeaveQueueEndpoint
{
    public static void MapLeaveQueue(this IEndpointRouteBuilder requests) => requests
        .MapDelete("", async (Guid requestId, Caller caller, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new LeaveQueue(requestId, caller), ct);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.Coupons)
        .IsEveryday()
        .WithName(nameof(LeaveQueue))
        .WithSummary("Leaves a coupon's waiting line: the request is FAILED, coupons.request_withdrawn")
        .Fails(CouponErrors.RequestNotFound, CouponErrors.RequestSettled);
}

internal sealed class LeaveQueueHandler(Db db) : IRequestHandler<LeaveQueue, Unit>
{
    /// <summary>Requests of one user and coupon that were withdrawn and are kept: the newest.</summary>
    public const int MaximumWithdrawn = 10;

    private const string SelectRequest =
        "select coupon_id, user_id from coupons.requests where request_id = @RequestId";

    // A queue's entries change behind this lock, whose other holders are the ticks.
    private static readonly LockStatement LockQueue = new(
        LockOrder.Queue,
        "coupons.lines",
        "select coupon_id from coupons.lines where coupon_id = any(@keys) order by coupon_id for no key update",
        "select coupon_id from coupons.lines where coupon_id = any(@keys)");

    private static readonly string Withdraw = $"""
        update coupons.requests
        set status = 'FAILED', reason = '{CouponErrors.RequestWithdrawn.Code}', settled_at = (select shop.now())
        where request_id = @RequestId and status = 'WAITING'
        """;

    private static readonly string DeleteOlder = $"""
        delete from coupons.requests where request_id in (
            select request_id from coupons.requests
            where user_id = @UserId and coupon_id = @CouponId and reason = '{CouponErrors.RequestWithdrawn.Code}'
            order by request_id desc
            offset {MaximumWithdrawn})
        """;

    public async Task<Unit> Handle(LeaveQueue request, CancellationToken cancellationToken)
    {
        var entry = await db.QuerySingleOrDefaultAsync<Entry>(
            SelectRequest, new { request.RequestId }, cancellationToken);
        if (entry is null || !request.Caller.MayActFor(entry.UserId))
            throw new ErrorException(CouponErrors.RequestNotFound.Of(request.RequestId));
        db.QueueLock(LockQueue, [entry.CouponId], _ => { });
        await db.FlushAsync(cancellationToken);
        if (await db.ExecuteAsync(Withdraw, new { request.RequestId }, cancellationToken) == 0)
            throw new ErrorException(CouponErrors.RequestSettled.Of());
        db.Queue(DeleteOlder, ("UserId", entry.UserId), ("CouponId", entry.CouponId));
        return Unit.Value;
    }

    private sealed record Entry(long CouponId, long UserId);
}
