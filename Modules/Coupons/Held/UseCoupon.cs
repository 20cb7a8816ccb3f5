using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Coupons.Held;

/// <summary>The coupon of an order that is paid is used.</summary>
[EventHandler("coupons.use-coupon", LockOrder.UserCoupon)]
internal sealed class UseCoupon(Db db, TimeProvider time) : IEventBatchHandler<OrderClosed>
{
    // Guarded by the coupon's own row: only while it is reserved for this very order.
    private const string Use = """
        update coupons.user_coupons set status = 'USED', used_at = @now where order_id = any(@orders) and status = 'RESERVED'
        """;

    public async Task Handle(IReadOnlyList<EventEnvelope<OrderClosed>> events, CancellationToken ct)
    {
        var orders = events.WithCoupon().Where(order => order.Event is OrderPaid).Select(paid => paid.Event.Order.OrderId).ToArray();
        if (orders.Length == 0)
            return;
        await db.LockCouponsAsync(events, ct);
        db.Queue(Use, ("orders", orders), ("now", time.UtcNow()));
    }
}

/// <summary>The coupon of an order that came to nothing, or was refunded, can be used again.</summary>
[EventHandler("coupons.restore-coupon", LockOrder.UserCoupon)]
internal sealed class RestoreCoupon(Db db) : IEventBatchHandler<OrderClosed>
{
    // Comes this before the payment's event in a batch, the coupon is no longer the order's, and the payment's event finds nothing to use.
    private const string Restore = """
        update coupons.user_coupons set status = 'AVAILABLE', order_id = null, used_at = null
        where order_id = any(@orders) and status in ('RESERVED', 'USED')
        """;

    public async Task Handle(IReadOnlyList<EventEnvelope<OrderClosed>> events, CancellationToken ct)
    {
        var orders = events.WithCoupon().Where(order => order.Event is OrderUndone).Select(undone => undone.Event.Order.OrderId).ToArray();
        if (orders.Length == 0)
            return;
        await db.LockCouponsAsync(events, ct);
        db.Queue(Restore, ("orders", orders));
    }
}

internal static class LockedCoupons
{
    private const string LockCoupons = """
        select user_coupon_id from coupons.user_coupons where user_coupon_id = any(@held) order by user_coupon_id for no key update
        """;

    public static IEnumerable<EventEnvelope<OrderClosed>> WithCoupon(this IEnumerable<EventEnvelope<OrderClosed>> batch) =>
        batch.Where(closed => closed.Event.Order.UserCouponId is not null);

    /// <summary>
    /// Locks for the whole batch, whichever of its orders the calling handler changes: one transaction runs both handlers, and what each would lock
    /// by itself would be in order twice, not once.
    /// </summary>
    public static async Task LockCouponsAsync(this Db db, IEnumerable<EventEnvelope<OrderClosed>> batch, CancellationToken ct)
    {
        var held = batch.WithCoupon().Select(closed => closed.Event.Order.UserCouponId!.Value).Distinct().ToArray();
        db.Queue(LockCoupons, ("held", held));
        await db.FlushAsync(ct);
    }
}
