using Shop.Messages;

namespace Shop.Payments.Contracts;

public static class PaymentErrors
{
    /// <summary>Also for another user's payment. The value is its id.</summary>
    public static readonly DocumentedError<Guid> NotFound =
        new("payments.not_found", 404, paymentId => $"There is no payment {paymentId}.");

    public static readonly DocumentedError<InsufficientBalance> InsufficientBalance = new(
        "payments.insufficient_balance", 409, _ => "The wallet does not hold enough.",
        insufficient => insufficient.Members);
}

/// <param name="Shortfall">The missing amount, in KRW.</param>
/// <param name="Failed">The payment that is kept as failed, where there is one.</param>
public sealed record InsufficientBalance(long Shortfall, Payment? Failed = null)
{
    internal (string Name, object? Value)[] Members => Failed is null
        ? [("shortfall", Shortfall)]
        :
        [
            ("paymentId", Failed.PaymentId),
            ("orderId", Failed.OrderId),
            ("orderStatus", "PAYMENT_FAILED"),
            ("shortfall", Shortfall),
        ];
}
