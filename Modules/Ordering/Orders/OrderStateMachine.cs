using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

internal enum OrderAction
{
    Pay,
    FailPayment,
    Cancel,
    Expire,
}

/// <summary>The actions on an order, each with the status that it leads to.</summary>
internal static class OrderStateMachine
{
    /// <returns>The status after the action, or null where the order does not allow it.</returns>
    public static OrderStatus? After(OrderStatus status, OrderAction action) => (status, action) switch
    {
        (OrderStatus.Created, OrderAction.Pay) => OrderStatus.Paid,
        (OrderStatus.Created, OrderAction.FailPayment) => OrderStatus.PaymentFailed,
        (OrderStatus.Created, OrderAction.Cancel) => OrderStatus.Cancelled,
        (OrderStatus.Paid, OrderAction.Cancel) => OrderStatus.Refunded,
        (OrderStatus.Created, OrderAction.Expire) => OrderStatus.Expired,
        _ => null,
    };

    /// <summary>A new order that is paid in the transaction that places it.</summary>
    public static Order Paid(this Order order, Guid paymentId, DateTimeOffset now) => order with
    {
        Status = After(order.Status, OrderAction.Pay)
            ?? throw new InvalidOperationException($"The order is {order.Status}."),
        PaymentId = paymentId,
        ClosedAt = now,
    };

    /// <summary>
    /// The status that every command must go by: an order past its window is EXPIRED before the scheduler says so.
    /// </summary>
    public static OrderStatus EffectiveAt(this Order order, DateTimeOffset now) =>
        order.Status == OrderStatus.Created && now >= order.ExpiresAt ? OrderStatus.Expired : order.Status;
}
