using Shop.BuildingBlocks.Outbox;
using Shop.Coupons.Contracts;
using Shop.Ordering.Contracts;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>
/// Settles the coupons of closed orders: one that was reserved is redeemed when its order is paid, and any comes back
/// when its order is voided. A checkout has redeemed before its event and has nothing to settle.
/// </summary>
[EventHandler("coupons.settle-coupons", LockOrder.UserCoupon)]
internal sealed class SettleCoupons(Db db) : IEventBatchHandler<OrderClosed>, INameLockedRows<OrderClosed>
{
    private static readonly LockStatement LockCoupons = new(
        LockOrder.UserCoupon,
        ICouponLocks.Resource,
        "select user_coupon_id from coupons.user_coupons where user_coupon_id = any(@keys) "
        + "order by user_coupon_id for no key update",
        "select user_coupon_id from coupons.user_coupons where user_coupon_id = any(@keys)");

    // Guarded by the row: only while it is reserved for this very order.
    internal const string Redeem = """
        update coupons.user_coupons set status = 'USED', used_at = (select shop.now())
        where order_id = any(@orders) and status = 'RESERVED'
        """;

    internal const string Release = """
        update coupons.user_coupons set status = 'AVAILABLE', order_id = null, used_at = null
        where order_id = any(@orders) and status in ('RESERVED', 'USED')
        """;

    public Task Handle(IReadOnlyList<EventEnvelope<OrderClosed>> events, CancellationToken ct)
    {
        var closed = events.Select(envelope => envelope.Event)
            .Where(closed => closed is { Order.UserCouponId: not null } and not OrderPaid { SoldAtOnce: true })
            .ToList();
        if (closed.Count == 0)
            return Task.CompletedTask;
        db.QueueLock(LockCoupons, closed.Select(order => order.Order.UserCouponId!.Value), _ => { });
        // An order that was paid and voided in one batch ends voided: the release comes last.
        db.Queue(Redeem, ("orders", OrdersOf(closed.OfType<OrderPaid>())));
        db.Queue(Release, ("orders", OrdersOf(closed.OfType<OrderVoided>())));
        return Task.CompletedTask;
    }

    public IEnumerable<RowKey> RowsOf(OrderClosed happened) =>
        happened.Order.UserCouponId is { } userCoupon ? [new RowKey(ICouponLocks.Resource, userCoupon)] : [];

    private static Guid[] OrdersOf(IEnumerable<OrderClosed> closed) =>
        [.. closed.Select(order => order.Order.OrderId).Distinct()];
}
