using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

internal sealed class RefundPaymentHandler(Db db, IWalletLocks wallets) : IRequestHandler<RefundPayment, Payment>
{
    private const string SelectUser = "select user_id from payments.payments where payment_id = @PaymentId";

    // The CHECK of the row is the last word on "never more than was paid"; the order's lock has decided before.
    private const string MarkRefunded = $"""
        update payments.payments
        set refunded_amount = refunded_amount + @Amount, refunded_at = case when @IsLast then @now end
        where payment_id = @PaymentId and status = 'COMPLETED' and refunded_at is null
        returning {PaymentRow.Columns}
        """;

    public async Task<Payment> Handle(RefundPayment request, CancellationToken cancellationToken)
    {
        var userId = await db.QuerySingleAsync<long>(SelectUser, new { request.PaymentId }, cancellationToken);
        var locked = wallets.Lock([userId]);
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);

        var now = clock.Value;
        var row = await db.QuerySingleAsync<PaymentRow>(
            MarkRefunded, new { request.PaymentId, request.Amount, request.IsLast, now }, cancellationToken);
        var payment = row.ToPayment();
        locked.Refund(userId, request.Amount, payment.PaymentId, request.Cause);
        locked.Write(now);
        return payment;
    }
}
