using System.Data.Common;
using Dapper;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

internal sealed class OrderSheets(Db db, Outbox outbox) : IOrderSheets
{
    // The row lock decides every race of an order's life: whoever holds it first wins, the next one reads what became of it.
    private const string LockOrders = $"""
        {OrderRow.Select}
        where o.order_id = any(@orders)
        order by o.order_id
        for no key update of o
        """;

    public IOrderSheet Lock(IReadOnlyCollection<Guid> orderIds)
    {
        var sheet = new OrderSheet(db, outbox);
        Func<DbDataReader, OrderRow>? parse = null;
        db.QueueRead(LockOrders, row => sheet.Add((parse ??= row.GetRowParser<OrderRow>())(row).ToOrder()), ("orders", orderIds.Distinct().ToArray()));
        return sheet;
    }
}

internal sealed class OrderSheet(Db db, Outbox outbox) : IOrderSheet
{
    private const string PostOrders = """
        update ordering.orders o set status = p.status, payment_id = p.payment_id, closed_at = p.closed_at
        from unnest(@orders, @statuses, @payments, @closed) as p (order_id, status, payment_id, closed_at)
        where o.order_id = p.order_id
        """;

    private readonly Dictionary<Guid, Order> orders = [];
    private readonly List<OrderClosed> events = [];

    public void Add(Order order) => orders.Add(order.OrderId, order);

    public Order? Find(Guid orderId) => orders.GetValueOrDefault(orderId);

    public OrderStatus EffectiveStatus(Guid orderId, DateTimeOffset now) => orders[orderId].EffectiveAt(now);

    public void Pay(Guid orderId, Guid paymentId, DateTimeOffset now) => Close(orderId, OrderAction.Pay, paymentId, now, order => new OrderPaid(order));

    public void FailPayment(Guid orderId, Guid paymentId, DateTimeOffset now) =>
        Close(orderId, OrderAction.FailPayment, paymentId, now, order => new OrderPaymentFailed(order));

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
            ("closed", changed.ConvertAll(order => order.ClosedAt)));
        foreach (var closed in events)
            outbox.Publish(closed);
    }

    private void Close(Guid orderId, OrderAction action, Guid paymentId, DateTimeOffset now, Func<Order, OrderClosed> happened)
    {
        var order = orders[orderId];
        var status = OrderStateMachine.After(order.EffectiveAt(now), action)
            ?? throw new InvalidOperationException($"{action} is not for an order that is {order.EffectiveAt(now)}.");
        orders[orderId] = order with { Status = status, PaymentId = paymentId, ClosedAt = now };
        events.Add(happened(orders[orderId]));
    }
}
