using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.Payments.Contracts;

namespace Shop.Payments.Payments;

internal sealed class PaymentSheets(Db db) : IPaymentSheets
{
    public IPaymentSheet Open() => new PaymentSheet(db);
}

/// <param name="db">Where to post, or null for a sheet that only decides.</param>
internal sealed class PaymentSheet(Db? db) : IPaymentSheet
{
    private const string InsertPayments = """
        insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at, paid_at)
        select payment_id, order_id, user_id, amount, status, created_at, paid_at
        from unnest(@payments, @orders, @users, @amounts, @statuses, @created, @paid) as p (payment_id, order_id, user_id, amount, status, created_at, paid_at)
        """;

    private readonly List<(Payment Payment, DateTimeOffset CreatedAt)> made = [];

    public Payment Complete(Guid paymentId, Guid orderId, long userId, long amount, DateTimeOffset now) =>
        Make(new Payment(paymentId, orderId, userId, amount, PaymentStatus.Completed, PaidAt: now, RefundedAt: null), now);

    public Payment Fail(Guid paymentId, Guid orderId, long userId, long amount, DateTimeOffset now) =>
        Make(new Payment(paymentId, orderId, userId, amount, PaymentStatus.Failed, PaidAt: null, RefundedAt: null), now);

    public void Post()
    {
        if (made.Count == 0)
            return;
        if (db is null)
            throw new InvalidOperationException("This sheet only decides.");
        db.QueueWrite(
            InsertPayments,
            made.Count,
            ("payments", made.ConvertAll(row => row.Payment.PaymentId)),
            ("orders", made.ConvertAll(row => row.Payment.OrderId)),
            ("users", made.ConvertAll(row => row.Payment.UserId)),
            ("amounts", made.ConvertAll(row => row.Payment.Amount)),
            ("statuses", made.ConvertAll(row => EnumNames.Of(row.Payment.Status))),
            ("created", made.ConvertAll(row => row.CreatedAt)),
            ("paid", made.ConvertAll(row => row.Payment.PaidAt)));
    }

    private Payment Make(Payment payment, DateTimeOffset now)
    {
        made.Add((payment, now));
        return payment;
    }
}
