using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

internal sealed class RefundPaymentHandler(Db db, IWalletLocks wallets) : IRequestHandler<RefundPayment, Unit>
{
    // The CHECK of the row is the last word on "never more than was paid"; the order's lock has decided before.
    private const string MarkRefunded = """
        update payments.payments
        set refunded_amount = refunded_amount + @amount, refunded_at = case when @isLast then @now end
        where payment_id = @paymentId and status = 'COMPLETED' and refunded_at is null
        """;

    public async Task<Unit> Handle(RefundPayment request, CancellationToken cancellationToken)
    {
        var locked = wallets.Lock([request.UserId]);
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);

        db.QueueWrite(
            MarkRefunded,
            rows: 1,
            ("paymentId", request.PaymentId),
            ("amount", request.Amount),
            ("isLast", request.IsLast),
            ("now", clock.Value));
        locked.Refund(request.UserId, request.Amount, request.PaymentId, request.Cause);
        locked.Write(clock.Value);
        return Unit.Value;
    }
}
