using System.Data.Common;
using Dapper;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

internal sealed class OrderLocks(Db db, Outbox outbox) : IOrderLocks
{
    // The row lock decides every race of an order's life: the first holder wins, the next one reads the outcome.
    private static readonly LockStatement LockOrders = new(
        LockOrder.Order,
        IOrderLocks.Resource,
        $"""
        {OrderRow.Select}
        where o.order_id = any(@keys)
        order by o.order_id
        for no key update of o
        """,
        "select order_id from ordering.orders where order_id = any(@keys)");

    internal const string UpdateOrders = """
        update ordering.orders o
        set status = c.status, payment_id = c.payment_id, closed_at = c.closed_at, cancel_reason = c.cancel_reason
        from unnest(@orders, @statuses, @payments, @closed, @reasons)
            as c (order_id, status, payment_id, closed_at, cancel_reason)
        where o.order_id = c.order_id
        """;

    // An order that is being paid or cancelled is left to the holder of its lock; the next round finds the rest.
    private const string LockUnpaid = $"""
        {OrderRow.Select}
        where o.status = 'CREATED' and o.expires_at <= (select shop.now())
        order by o.expires_at
        limit @limit
        for no key update of o skip locked
        """;

    public LockedOrders Lock(IReadOnlyCollection<Guid> orderIds)
    {
        var orders = new LockedOrders(Write);
        db.QueueLock(LockOrders, orderIds, Reader(orders));
        return orders;
    }

    ILockedOrders IOrderLocks.Lock(IReadOnlyCollection<Guid> orderIds) => Lock(orderIds);

    /// <summary>Queues the lock of orders whose payment window is over and that no other session has locked.</summary>
    public LockedOrders LockOverdue(int limit)
    {
        var orders = new LockedOrders(Write);
        db.QueueRead(LockUnpaid, Reader(orders), ("limit", limit));
        return orders;
    }

    private static Action<DbDataReader> Reader(LockedOrders orders)
    {
        Func<DbDataReader, OrderRow>? parse = null;
        return row => orders.Add((parse ??= row.GetRowParser<OrderRow>())(row).ToOrder());
    }

    private void Write(LockedOrders locked)
    {
        var changed = locked.Changed;
        if (changed.Count == 0)
            return;
        db.QueueWrite(
            UpdateOrders,
            changed.Count,
            ("orders", changed.ConvertAll(order => order.OrderId)),
            ("statuses", changed.ConvertAll(order => EnumNames.Of(order.Status))),
            ("payments", changed.ConvertAll(order => order.PaymentId)),
            ("closed", changed.ConvertAll(order => order.ClosedAt)),
            ("reasons", changed.ConvertAll(order => order.CancelReason)));
        foreach (var closed in locked.Events)
            outbox.Publish(closed);
    }
}

/// <summary>Decides against locked rows in memory and records the changes in order.</summary>
/// <param name="write">Queues the changes and publishes the events.</param>
internal sealed class LockedOrders(Action<LockedOrders> write) : ILockedOrders
{
    private readonly Dictionary<Guid, Order> orders = [];
    private readonly List<OrderClosed> events = [];

    public IReadOnlyCollection<Order> Orders => orders.Values;

    /// <summary>The orders that a decision has changed, as they are now.</summary>
    public List<Order> Changed =>
        [.. events.Select(closed => closed.Order.OrderId).Distinct().Select(id => orders[id])];

    public IReadOnlyList<OrderClosed> Events => events;

    public void Add(Order order) => orders.Add(order.OrderId, order);

    public Order? Find(Guid orderId) => orders.GetValueOrDefault(orderId);

    public OrderStatus EffectiveStatus(Guid orderId, DateTimeOffset now) => orders[orderId].EffectiveAt(now);

    public void Pay(Guid orderId, Guid paymentId, DateTimeOffset now) =>
        Close(orderId, OrderAction.Pay, now, order => new OrderPaid(order with { PaymentId = paymentId }));

    public void FailPayment(Guid orderId, Guid paymentId, DateTimeOffset now) =>
        Close(
            orderId,
            OrderAction.FailPayment,
            now,
            order => new OrderPaymentFailed(order with { PaymentId = paymentId }));

    /// <summary>
    /// Cancels an order that is not paid, refunds one that is. The money is somebody else's to give back.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is neither.</exception>
    public void Cancel(Guid orderId, string? reason, DateTimeOffset now)
    {
        var paidAt = orders[orderId].ClosedAt;
        orders[orderId] = orders[orderId] with { CancelReason = reason };
        Close(orderId, OrderAction.Cancel, now, order => order.Status == OrderStatus.Refunded
            ? new OrderRefunded(order, paidAt!.Value)
            : new OrderCancelled(order));
    }

    /// <summary>Closes an order whose payment window is over.</summary>
    /// <exception cref="InvalidOperationException">It is not open any more, or still payable.</exception>
    public void Expire(Guid orderId, DateTimeOffset now)
    {
        if (now < orders[orderId].ExpiresAt)
            throw new InvalidOperationException("The order can still be paid.");
        Close(orderId, OrderAction.Expire, now, order => new OrderExpired(order));
    }

    public void Write() => write(this);

    private void Close(Guid orderId, OrderAction action, DateTimeOffset now, Func<Order, OrderClosed> happened)
    {
        var order = orders[orderId];
        // Only expiring goes by the stored status: to every other action an order past its window is expired already.
        var status = action == OrderAction.Expire ? order.Status : order.EffectiveAt(now);
        var closed = happened(order with
        {
            Status = OrderStateMachine.After(status, action)
                ?? throw new InvalidOperationException($"{action} is not for an order that is {status}."),
            ClosedAt = now,
        });
        orders[orderId] = closed.Order;
        events.Add(closed);
    }
}
