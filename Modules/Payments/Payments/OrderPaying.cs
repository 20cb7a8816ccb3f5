using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Commands;
using Shop.Ordering.Contracts;
using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

/// <summary>
/// Decides payments against the sheets, one after the other. A wallet that doesn't reach is an outcome that is kept: the payment FAILED, the order
/// PAYMENT_FAILED, and yet the caller is refused.
/// </summary>
internal sealed class OrderPaying(IOrderSheet orders, IWalletSheet wallets, IPaymentSheet payments, DateTimeOffset now)
{
    public Result<Payment> Decide(PayOrder command)
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

    private Payment Complete(Order order, Guid paymentId)
    {
        orders.Pay(order.OrderId, paymentId, now);
        return payments.Complete(paymentId, order.OrderId, order.UserId, order.TotalAmount, now);
    }

    private Refused Fail(Order order, Guid paymentId, long balance)
    {
        orders.FailPayment(order.OrderId, paymentId, now);
        payments.Fail(paymentId, order.OrderId, order.UserId, order.TotalAmount, now);
        return new Refused("payments.insufficient_balance", "The wallet does not hold enough.") { LeavesTraces = true }.With(
            ("paymentId", paymentId),
            ("orderId", order.OrderId),
            ("orderStatus", OrderStatus.PaymentFailed),
            ("shortfall", order.TotalAmount - balance));
    }
}
