using System.Data.Common;
using Dapper;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

internal sealed class OrderSheets(Db db, Outbox outbox) : IOrderSheets
{
    // The row lock decides every race of an order's life: the first holder wins, the next one reads the outcome.
    private static readonly LockStatement LockOrders = new(
        LockOrder.Order,
        "ordering.orders",
        $"""
        {OrderRow.Select}
        where o.order_id = any(@keys)
        order by o.order_id
        for no key update of o
        """,
        "select order_id from ordering.orders where order_id = any(@keys)");

    // Who is being paid or cancelled right now is left alone: whoever holds the lock decides, and the next round finds the rest.
    private const string LockUnpaid = $"""
        {OrderRow.Select}
        where o.status = 'CREATED' and o.expires_at <= @now
        order by o.expires_at
        limit @limit
        for no key update of o skip locked
        """;

    public static RowKey RowOf(Guid orderId) => new(LockOrders.Resource, orderId);

    public OrderSheet Lock(IReadOnlyCollection<Guid> orderIds)
    {
        var sheet = new OrderSheet(db, outbox);
        Func<DbDataReader, OrderRow>? parse = null;
        db.QueueLock(LockOrders, orderIds, row => sheet.Add((parse ??= row.GetRowParser<OrderRow>())(row).ToOrder()));
        return sheet;
    }

    IOrderSheet IOrderSheets.Lock(IReadOnlyCollection<Guid> orderIds) => Lock(orderIds);

    /// <summary>Queues the locking of orders whose payment window is over and that nobody else has locked.</summary>
    public OrderSheet LockOverdue(DateTimeOffset now, int limit) => Fill(LockUnpaid, ("now", now), ("limit", limit));

    private OrderSheet Fill(string sql, params (string, object)[] parameters)
    {
        var sheet = new OrderSheet(db, outbox);
        Func<DbDataReader, OrderRow>? parse = null;
        db.QueueRead(sql, row => sheet.Add((parse ??= row.GetRowParser<OrderRow>())(row).ToOrder()), parameters);
        return sheet;
    }
}

internal sealed class OrderSheet(Db db, Outbox outbox) : IOrderSheet
{
    private const string PostOrders = """
        update ordering.orders o
        set status = p.status, payment_id = p.payment_id, closed_at = p.closed_at, cancel_reason = p.cancel_reason
        from unnest(@orders, @statuses, @payments, @closed, @reasons)
            as p (order_id, status, payment_id, closed_at, cancel_reason)
        where o.order_id = p.order_id and o.order_id = any(@orders)
        """;

    private readonly Dictionary<Guid, Order> orders = [];
    private readonly List<OrderClosed> events = [];

    public IReadOnlyCollection<Order> Orders => orders.Values;

    public void Add(Order order) => orders.Add(order.OrderId, order);

    public RowKey RowOf(Guid orderId) => OrderSheets.RowOf(orderId);

    public Order? Find(Guid orderId) => orders.GetValueOrDefault(orderId);

    public OrderStatus EffectiveStatus(Guid orderId, DateTimeOffset now) => orders[orderId].EffectiveAt(now);

    public void Pay(Guid orderId, Guid paymentId, DateTimeOffset now) =>
        Close(orderId, OrderAction.Pay, now, order => new OrderPaid(order with { PaymentId = paymentId }));

    public void FailPayment(Guid orderId, Guid paymentId, DateTimeOffset now) =>
        Close(orderId, OrderAction.FailPayment, now, order => new OrderPaymentFailed(order with { PaymentId = paymentId }));

    /// <summary>Cancels an order that is not paid, refunds one that is. The money is somebody else's to give back.</summary>
    /// <exception cref="InvalidOperationException">It is neither.</exception>
    public void Cancel(Guid orderId, string? reason, DateTimeOffset now)
    {
        var paidAt = orders[orderId].ClosedAt;
        orders[orderId] = orders[orderId] with { CancelReason = reason };
        Close(orderId, OrderAction.Cancel, now, order => order.Status == OrderStatus.Refunded ? new OrderRefunded(order, paidAt!.Value) : new OrderCancelled(order));
    }

    /// <summary>Closes an order whose payment window is over.</summary>
    /// <exception cref="InvalidOperationException">It is not open any more, or still payable.</exception>
    public void Expire(Guid orderId, DateTimeOffset now)
    {
        if (now < orders[orderId].ExpiresAt)
            throw new InvalidOperationException("The order can still be paid.");
        Close(orderId, OrderAction.Expire, now, order => new OrderExpired(order));
    }

    public void Post()
    {
        if (events.Count == 0)
            return;
        var changed = events.Select(closed => closed.Order.OrderId).Distinct().Select(id => orders[id]).ToList();
        db.QueueWrite(
            PostOrders,
            changed.Count,
            ("orders", changed.ConvertAll(order => order.OrderId)),
            ("statuses", changed.ConvertAll(order => EnumNames.Of(order.Status))),
            ("payments", changed.ConvertAll(order => order.PaymentId)),
            ("closed", changed.ConvertAll(order => order.ClosedAt)),
            ("reasons", changed.ConvertAll(order => order.CancelReason)));
        foreach (var closed in events)
            outbox.Publish(closed);
    }

    private void Close(Guid orderId, OrderAction action, DateTimeOffset now, Func<Order, OrderClosed> happened)
    {
        var order = orders[orderId];
        // Only expiring goes by the stored status: to every other action an order past its window is expired already.
        var status = action == OrderAction.Expire ? order.Status : order.EffectiveAt(now);
        var closed = happened(order with
        {
            Status = OrderStateMachine.After(status, action) ?? throw new InvalidOperationException($"{action} is not for an order that is {status}."),
            ClosedAt = now,
        });
        orders[orderId] = closed.Order;
        events.Add(closed);
    }
}
