using Shop.Ordering.Contracts;
using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

/// <summary>The locked rows that payments are decided against, and the new payments.</summary>
internal sealed record LockedForPaying(
    QueuedValue<DateTimeOffset> Clock, ILockedOrders Orders, ILockedWallets Wallets, NewPayments Payments)
{
    public DateTimeOffset Now => Clock.Value;
}

/// <summary>
/// Decides payments in order of arrival. A wallet that does not cover the order is kept as an outcome: the payment is
/// FAILED, the order PAYMENT_FAILED, and the caller gets an error.
/// </summary>
internal sealed class PaymentDecider(LockedForPaying locked)
{
    public Result<Payment> Decide(PayOrder command)
    {
        if (locked.Orders.Find(command.OrderId) is not { } order || !command.Caller.MayActFor(order.UserId))
            return OrderErrors.NotFound.Of(command.OrderId);
        var status = locked.Orders.EffectiveStatus(order.OrderId, locked.Now);
        if (status != OrderStatus.Created)
            return OrderErrors.NotPayable.Of(EnumNames.Of(status));

        var paymentId = Guid.CreateVersion7(locked.Now);
        return locked.Wallets.TryDebit(order.UserId, order.TotalAmount, paymentId, order.OrderId)
            ? Complete(order, paymentId)
            : Fail(order, paymentId);
    }

    private Payment Complete(Order order, Guid paymentId)
    {
        locked.Orders.Pay(order.OrderId, paymentId, locked.Now);
        return locked.Payments.Complete(paymentId, order.OrderId, order.UserId, order.TotalAmount, locked.Now);
    }

    private Error Fail(Order order, Guid paymentId)
    {
        locked.Orders.FailPayment(order.OrderId, paymentId, locked.Now);
        var failed = locked.Payments.Fail(paymentId, order.OrderId, order.UserId, order.TotalAmount);
        var shortfall = order.TotalAmount - locked.Wallets.BalanceOf(order.UserId);
        return PaymentErrors.InsufficientBalance.Of(new(shortfall, failed)) with { CommitsDespiteError = true };
    }
}
