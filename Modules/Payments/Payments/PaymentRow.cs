using Shop.Payments.Contracts;

namespace Shop.Payments.Payments;

internal sealed record PaymentRow(
    Guid PaymentId, Guid OrderId, long UserId, long Amount, string Status, DateTimeOffset CreatedAt,
    DateTimeOffset? PaidAt, DateTimeOffset? RefundedAt)
{
    public const string Select = """
        select payment_id, order_id, user_id, amount, status, created_at, paid_at, refunded_at from payments.payments
        """;

    public Payment ToPayment() =>
        new(PaymentId, OrderId, UserId, Amount, EnumNames.Read<PaymentStatus>(Status), PaidAt, RefundedAt);
}
