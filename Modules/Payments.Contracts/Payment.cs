namespace Shop.Payments.Contracts;

/// <summary>A payment as the outside sees it. The amount is whole KRW.</summary>
/// <param name="PaidAt">Null for one that failed.</param>
public sealed record Payment(
    Guid PaymentId, Guid OrderId, long UserId, long Amount, PaymentStatus Status, DateTimeOffset? PaidAt,
    DateTimeOffset? RefundedAt);

public enum PaymentStatus
{
    Completed,
    Failed,
}
