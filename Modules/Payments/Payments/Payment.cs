using Shop.BuildingBlocks;

namespace Shop.Payments.Payments;

/// <summary>A payment as the outside sees it. The amount is whole KRW.</summary>
internal sealed record Payment(
    Guid PaymentId, Guid OrderId, long UserId, long Amount, PaymentStatus Status, DateTimeOffset? PaidAt, DateTimeOffset? RefundedAt);

internal enum PaymentStatus
{
    Completed,
    Failed,
}

internal sealed record PaymentRow(
    Guid PaymentId, Guid OrderId, long UserId, long Amount, string Status, DateTimeOffset CreatedAt, DateTimeOffset? PaidAt, DateTimeOffset? RefundedAt)
{
    public const string Select = """
        select payment_id, order_id, user_id, amount, status, created_at, paid_at, refunded_at from payments.payments
        """;

    public Payment ToPayment() => new(PaymentId, OrderId, UserId, Amount, EnumNames.Read<PaymentStatus>(Status), PaidAt, RefundedAt);
}
