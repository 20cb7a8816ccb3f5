using MediatR;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Payments.Payments;

internal sealed class RefundPaymentHandler(Db db, IWalletSheets wallets, TimeProvider time) : IRequestHandler<RefundPayment, Payment>
{
    private const string SelectUser = "select user_id from payments.payments where payment_id = @PaymentId";

    // The condition is the last word on "never refunded twice"; the order's lock has decided before.
    private const string MarkRefunded = $"""
        update payments.payments set refunded_at = @now
        where payment_id = @PaymentId and status = 'COMPLETED' and refunded_at is null
        returning {PaymentRow.Columns}
        """;

    public async Task<Payment> Handle(RefundPayment request, CancellationToken cancellationToken)
    {
        var userId = await db.QuerySingleAsync<long>(SelectUser, new { request.PaymentId }, cancellationToken);
        var wallet = wallets.Lock([userId]);
        await db.FlushAsync(cancellationToken);

        var now = time.UtcNow();
        var payment = (await db.QuerySingleAsync<PaymentRow>(MarkRefunded, new { request.PaymentId, now }, cancellationToken)).ToPayment();
        wallet.Refund(userId, payment.Amount, payment.PaymentId);
        wallet.Post(now);
        return payment;
    }
}
