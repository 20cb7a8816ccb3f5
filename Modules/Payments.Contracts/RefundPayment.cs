using Shop.Messages;

namespace Shop.Payments.Contracts;

/// <summary>
/// Gives a completed payment's money back to the wallet, whatever the wallet holds already. It joins the transaction
/// that undoes the order, whose lock keeps a second refund away.
/// </summary>
public sealed record RefundPayment(Guid PaymentId) : ICommand<Payment>;
