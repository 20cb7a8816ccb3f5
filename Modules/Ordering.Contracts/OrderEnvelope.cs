using System.Text.Json.Serialization;

namespace Shop.Ordering.Contracts;

/// <summary>An event of an order, as receivers outside the shop get it.</summary>
/// <param name="Type"><c>order.paid</c> and its like: one of <see cref="Types"/>.</param>
/// <param name="Sequence">1, 2, … for each order: receivers drop what they have seen and what comes late.</param>
/// <param name="Refund">Of some of the order, in the event of a refund alone.</param>
public sealed record OrderEnvelope(
    string Type, Guid EventId, DateTimeOffset OccurredAt, int Sequence, Order Order,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OrderRefund? Refund = null)
{
    private const string Paid = "order.paid";
    private const string PaymentFailed = "order.payment_failed";
    private const string Cancelled = "order.cancelled";
    private const string Expired = "order.expired";
    private const string Refunded = "order.refunded";
    private const string PartiallyRefunded = "order.partially_refunded";

    public static IReadOnlyList<string> Types { get; } =
        [Paid, PaymentFailed, Cancelled, Expired, Refunded, PartiallyRefunded];

    public static OrderEnvelope Of(Guid eventId, DateTimeOffset occurredAt, OrderEvent happened) => new(
        TypeOf(happened), eventId, occurredAt, SequenceOf(happened), happened.Order, RefundOf(happened));

    public static string TypeOf(OrderEvent happened) => happened switch
    {
        OrderPaid => Paid,
        OrderPaymentFailed => PaymentFailed,
        OrderCancelled => Cancelled,
        OrderExpired => Expired,
        OrderRefunded => Refunded,
        OrderPartiallyRefunded => PartiallyRefunded,
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened.GetType().Name, "It has no type."),
    };

    // An order closes once; behind a payment come its refunds, the last of which closes it a second time.
    private static int SequenceOf(OrderEvent happened) => happened switch
    {
        OrderPartiallyRefunded partial => 1 + partial.Number,
        OrderRefunded refunded => 1 + refunded.Number,
        _ => 1,
    };

    private static OrderRefund? RefundOf(OrderEvent happened) => happened switch
    {
        OrderPartiallyRefunded partial => partial.Refund,
        OrderRefunded refunded => refunded.Refund,
        _ => null,
    };
}
