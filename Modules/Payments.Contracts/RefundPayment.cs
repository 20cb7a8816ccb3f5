using MediatR;
using Shop.Messages;

namespace Shop.Payments.Contracts;

/// <summary>
/// Gives some of a completed payment back to the wallet, whatever the wallet holds already. It joins the transaction
/// that refunds the order, whose lock keeps other refunds away.
/// </summary>
/// <param name="UserId">Of the payment, and so of its order.</param>
/// <param name="Amount">KRW, 0 or more.</param>
/// <param name="Cause">The order, or one of its refunds.</param>
/// <param name="IsLast">Whether nothing is left to refund: the payment is refunded from then on.</param>
public sealed record RefundPayment(Guid PaymentId, long UserId, long Amount, Guid Cause, bool IsLast) : ICommand<Unit>;
