using Shop.Payments.Contracts;

namespace Shop.Payments.Payments;

internal sealed class PaymentWriter(Db db) : IPaymentWriter
{
    internal const string InsertPayments = """
        insert into payments.payments (payment_id, order_id, user_id, amount, status, created_at, paid_at)
        select payment_id, order_id, user_id, amount, status, @now, paid_at
        from unnest(@payments, @orders, @users, @amounts, @statuses, @paid)
            as p (payment_id, order_id, user_id, amount, status, paid_at)
        """;

    public void Write(NewPayments payments, DateTimeOffset now)
    {
        var made = payments.All;
        if (made.Count == 0)
            return;
        db.QueueWrite(
            InsertPayments,
            made.Count,
            ("payments", made.Select(payment => payment.PaymentId).ToArray()),
            ("orders", made.Select(payment => payment.OrderId).ToArray()),
            ("users", made.Select(payment => payment.UserId).ToArray()),
            ("amounts", made.Select(payment => payment.Amount).ToArray()),
            ("statuses", made.Select(payment => EnumNames.Of(payment.Status)).ToArray()),
            ("paid", made.Select(payment => payment.PaidAt).ToArray()),
            ("now", now));
    }
}
