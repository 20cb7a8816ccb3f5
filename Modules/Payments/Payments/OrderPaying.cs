using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Pipeline;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

/// <summary>
/// Decides payments against the sheets, one after the other. A wallet that doesn't reach is an outcome that is kept: the payment FAILED, the order
/// PAYMENT_FAILED, and yet the caller is refused.
/// </summary>
internal sealed class OrderPaying(IOrderSheet orders, IWalletSheet wallets, DateTimeOffset now)
{
    private readonly List<Payment> payments = [];

    /// <summary>What was decided, to be written.</summary>
    public IReadOnlyList<Payment> Payments => payments;

    public Outcome<Payment> Decide(PayOrder command)
    {
        // Somebody else's order is not found, rather than forbidden: ids tell nothing.
        if (orders.Find(command.OrderId) is not { } order || !command.Caller.MayActFor(order.UserId))
            return Refused.NotFound("orders.not_found", $"There is no order {command.OrderId}.");
        var status = orders.EffectiveStatus(order.OrderId, now);
        if (status != OrderStatus.Created)
            return new Refused("orders.not_payable", $"The order is {EnumNames.Of(status)}.").With(("orderStatus", status));

        var paymentId = Guid.CreateVersion7(now);
        var balance = wallets.BalanceOf(order.UserId);
        return wallets.TryDebit(order.UserId, order.TotalAmount, paymentId) ? Complete(order, paymentId) : Fail(order, paymentId, balance);
    }

    private Outcome<Payment> Complete(Order order, Guid paymentId)
    {
        var payment = new Payment(paymentId, order.OrderId, order.UserId, order.TotalAmount, PaymentStatus.Completed, PaidAt: now, RefundedAt: null);
        payments.Add(payment);
        orders.Pay(order.OrderId, paymentId, now);
        return payment;
    }

    private Outcome<Payment> Fail(Order order, Guid paymentId, long balance)
    {
        payments.Add(new Payment(paymentId, order.OrderId, order.UserId, order.TotalAmount, PaymentStatus.Failed, PaidAt: null, RefundedAt: null));
        orders.FailPayment(order.OrderId, paymentId, now);
        return new Refused("payments.insufficient_balance", "The wallet does not hold enough.").With(
            ("paymentId", paymentId),
            ("orderId", order.OrderId),
            ("orderStatus", OrderStatus.PaymentFailed),
            ("shortfall", order.TotalAmount - balance));
    }
}
