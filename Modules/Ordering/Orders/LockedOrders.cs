using System.Data.Common;
using Dapper;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders.Refunding;

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

    private static readonly LockStatement LockRows = new(
        LockOrder.Order,
        IOrderLocks.Resource,
        "select order_id from ordering.orders where order_id = any(@keys) order by order_id for no key update",
        "select order_id from ordering.orders where order_id = any(@keys)");

    internal const string UpdateOrders = """
        update ordering.orders o
        set status = c.status, payment_id = c.payment_id, closed_at = c.closed_at, cancel_reason = c.cancel_reason,
            refunded_amount = c.refunded_amount, refunds = c.refunds
        from unnest(@orders, @statuses, @payments, @closed, @reasons, @amounts, @refunds)
            as c (order_id, status, payment_id, closed_at, cancel_reason, refunded_amount, refunds)
        where o.order_id = c.order_id
        """;

    internal const string InsertRefunds = """
        insert into ordering.refunds (refund_id, order_id, number, amount, restock, reason, refunded_at)
        select refund_id, order_id, number, amount, restock, reason, refunded_at
        from unnest(@refunds, @orders, @numbers, @amounts, @restocks, @reasons, @times)
            as r (refund_id, order_id, number, amount, restock, reason, refunded_at)
        """;

    internal const string InsertRefundLines = """
        insert into ordering.refund_lines (refund_id, product_id, quantity, amount)
        select refund_id, product_id, quantity, amount
        from unnest(@refunds, @products, @quantities, @amounts) as l (refund_id, product_id, quantity, amount)
        """;

    // Lines are numbered 1, 2, … in the order of the items, as the array is.
    internal const string UpdateRefunded = """
        update ordering.orders o set refunded_quantities = string_to_array(c.quantities, ' ')::int[]
        from unnest(@orders, @quantities) as c (order_id, quantities)
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

    /// <summary>Queues the lock of orders whose state is not decided about, and reads nothing of them.</summary>
    public void LockAlone(IReadOnlyCollection<Guid> orderIds) => db.QueueLock(LockRows, orderIds, _ => { });

    ILockedOrders IOrderLocks.Lock(IReadOnlyCollection<Guid> orderIds) => Lock(orderIds);

    /// <summary>Queues the lock of orders whose payment window is over and that no other session has locked.</summary>
    public LockedOrders LockOverdue(int limit)
    {
        var orders = new LockedOrders(Write);
        db.QueueLock(LockOrder.Order, LockUnpaid, Reader(orders), ("limit", limit));
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
            ("reasons", changed.ConvertAll(order => order.CancelReason)),
            ("amounts", changed.ConvertAll(order => order.RefundedAmount)),
            ("refunds", changed.ConvertAll(order => order.Refunds)));
        if (locked.Refunds.Count > 0)
            WriteRefunds(locked);
        foreach (var happened in locked.Events)
            outbox.Publish(happened);
    }

    private void WriteRefunds(LockedOrders locked)
    {
        var refunds = locked.Refunds;
        db.QueueWrite(
            InsertRefunds,
            refunds.Count,
            ("refunds", refunds.ConvertAll(made => made.Refund.RefundId)),
            ("orders", refunds.ConvertAll(made => made.Refund.OrderId)),
            ("numbers", refunds.ConvertAll(made => made.Number)),
            ("amounts", refunds.ConvertAll(made => made.Refund.Amount)),
            ("restocks", refunds.ConvertAll(made => made.Refund.Restock)),
            ("reasons", refunds.ConvertAll(made => made.Refund.Reason)),
            ("times", refunds.ConvertAll(made => made.Refund.RefundedAt)));
        var lines = refunds
            .SelectMany(made => made.Refund.Items, (made, item) => (made.Refund.RefundId, Item: item))
            .ToList();
        db.QueueWrite(
            InsertRefundLines,
            lines.Count,
            ("refunds", lines.ConvertAll(line => line.RefundId)),
            ("products", lines.ConvertAll(line => line.Item.ProductId)),
            ("quantities", lines.ConvertAll(line => line.Item.Quantity)),
            ("amounts", lines.ConvertAll(line => line.Item.Amount)));
        var changed = refunds.Select(made => locked.Find(made.Refund.OrderId)!)
            .DistinctBy(order => order.OrderId)
            .ToList();
        db.QueueWrite(
            UpdateRefunded,
            changed.Count,
            ("orders", changed.ConvertAll(order => order.OrderId)),
            ("quantities", changed.ConvertAll(order =>
                string.Join(' ', order.Items.Select(item => item.RefundedQuantity)))));
    }
}

/// <summary>Decides against locked rows in memory and records the changes in order.</summary>
/// <param name="write">Queues the changes and publishes the events.</param>
internal sealed class LockedOrders(Action<LockedOrders> write) : ILockedOrders
{
    private readonly Dictionary<Guid, Order> orders = [];
    private readonly List<OrderEvent> events = [];

    public IReadOnlyCollection<Order> Orders => orders.Values;

    /// <summary>The orders that a decision has changed, as they are now.</summary>
    public List<Order> Changed =>
        [.. events.Select(happened => happened.Order.OrderId).Distinct().Select(id => orders[id])];

    public IReadOnlyList<OrderEvent> Events => events;

    /// <summary>Refunds of some of an order, with their places among the order's.</summary>
    public List<(OrderRefund Refund, int Number)> Refunds { get; } = [];

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
        var before = orders[orderId];
        orders[orderId] = before with { CancelReason = reason };
        Close(orderId, OrderAction.Cancel, now, order => order.Status == OrderStatus.Refunded
            ? new OrderRefunded(Whole(order), before.ClosedAt!.Value, RestOf(before), Number: before.Refunds + 1)
            : new OrderCancelled(order));
    }

    /// <summary>
    /// Refunds some of a paid order, perhaps the last of it. The money is somebody else's to give back.
    /// </summary>
    /// <param name="quantities">By product: above 0, and no more than is not refunded.</param>
    /// <exception cref="InvalidOperationException">It is not paid, or has not as many left.</exception>
    public OrderRefund Refund(
        Guid orderId, IReadOnlyDictionary<long, int> quantities, bool restock, string reason, DateTimeOffset now)
    {
        var before = orders[orderId];
        RefundedItem[] pieces =
        [
            .. before.Items.Where(item => quantities.ContainsKey(item.ProductId))
                .Select(item => PieceOf(item, quantities[item.ProductId])),
        ];
        var refund = new OrderRefund(
            Guid.CreateVersion7(now), orderId, pieces.Sum(piece => piece.Amount), pieces, restock, reason, now);
        var after = before with
        {
            Items = [.. before.Items.Select(item => Refunded(item, quantities.GetValueOrDefault(item.ProductId)))],
            RefundedAmount = before.RefundedAmount + refund.Amount,
            Refunds = before.Refunds + 1,
        };
        orders[orderId] = after;
        Refunds.Add((refund, after.Refunds));
        if (after.Items.All(item => item.RefundedQuantity == item.Quantity))
        {
            Close(orderId, OrderAction.Cancel, now, order =>
                new OrderRefunded(order, before.ClosedAt!.Value, pieces, refund, after.Refunds));
        }
        else
        {
            events.Add(new OrderPartiallyRefunded(after, before.ClosedAt!.Value, refund, after.Refunds));
        }

        return refund;
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

    private static Order Whole(Order order) => order with
    {
        Items = [.. order.Items.Select(item => item with { RefundedQuantity = item.Quantity })],
        RefundedAmount = order.TotalAmount,
    };

    private static RefundedItem[] RestOf(Order order) =>
    [
        .. order.Items.Where(item => item.RefundedQuantity < item.Quantity)
            .Select(item => PieceOf(item, item.Quantity - item.RefundedQuantity)),
    ];

    private static RefundedItem PieceOf(OrderItem item, int quantity) =>
        new(item.ProductId, quantity, RefundAmounts.Of(item, quantity));

    private static OrderItem Refunded(OrderItem item, int quantity) =>
        item.RefundedQuantity + quantity <= item.Quantity
            ? item with { RefundedQuantity = item.RefundedQuantity + quantity }
            : throw new InvalidOperationException($"There are not {quantity} of product {item.ProductId} left.");

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
