using System.Text.Json.Serialization;
using Shop.Messages;

namespace Shop.Ordering.Contracts;

/// <summary>
/// Something in the life of an order. Reactions to an order listen to these and to nothing else, because two
/// outboxes have no common order. Events of one order arrive in order for each handler; different handlers of one
/// module may see them in any order.
/// </summary>
/// <param name="Order">The order as it was when this had happened.</param>
public abstract record OrderEvent(Order Order) : IDomainEvent
{
    [JsonIgnore]
    public string OrderingKey => Order.OrderId.ToString();
}

/// <summary>The order has taken one of its closing states.</summary>
public abstract record OrderClosed(Order Order) : OrderEvent(Order);

/// <summary>The money is taken: the reservation becomes a sale.</summary>
/// <param name="SoldAtOnce">
/// By a checkout, which has reserved nothing: its goods are sold and its coupon is redeemed.
/// </param>
[EventName("ordering.order-paid")]
public sealed record OrderPaid(Order Order, bool SoldAtOnce = false) : OrderClosed(Order);

/// <summary>The order came to nothing: its reservations or sales come back.</summary>
public abstract record OrderVoided(Order Order) : OrderClosed(Order);

/// <summary>The wallet did not reach.</summary>
[EventName("ordering.order-payment-failed")]
public sealed record OrderPaymentFailed(Order Order) : OrderVoided(Order);

/// <summary>Cancelled before it was paid.</summary>
[EventName("ordering.order-cancelled")]
public sealed record OrderCancelled(Order Order) : OrderVoided(Order);

/// <summary>Not paid in time.</summary>
[EventName("ordering.order-expired")]
public sealed record OrderExpired(Order Order) : OrderVoided(Order);

/// <summary>All of a paid order is refunded now; the money is back in the wallet.</summary>
/// <param name="PaidAt">When it had been paid: sales of that day go down by it.</param>
/// <param name="Pieces">The pieces not refunded before; null in events of earlier builds: all of them.</param>
/// <param name="Refund">The refund of its last pieces, or null where the rest of it was cancelled.</param>
/// <param name="Number">Its place among the refunds of the order.</param>
[EventName("ordering.order-refunded")]
public sealed record OrderRefunded(
    Order Order, DateTimeOffset PaidAt, IReadOnlyList<RefundedItem>? Pieces = null, OrderRefund? Refund = null,
    int Number = 1) : OrderVoided(Order);

/// <summary>Some of a paid order is refunded, and some of it is not.</summary>
/// <param name="PaidAt">When it had been paid: sales of that day go down by the refund.</param>
/// <param name="Number">Its place among the refunds of the order.</param>
[EventName("ordering.order-partially-refunded")]
public sealed record OrderPartiallyRefunded(
    Order Order, DateTimeOffset PaidAt, OrderRefund Refund, int Number) : OrderEvent(Order);
