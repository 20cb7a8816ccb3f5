namespace Shop.Payments.Contracts;

/// <summary>The payments that a batch of commands makes. Their money is the wallet's, their order Ordering's.</summary>
public sealed class NewPayments
{
    private readonly List<Payment> payments = [];

    public IReadOnlyList<Payment> All => payments;

    public Payment Complete(Guid paymentId, Guid orderId, long userId, long amount, DateTimeOffset now) =>
        Add(new Payment(paymentId, orderId, userId, amount, PaymentStatus.Completed, PaidAt: now, RefundedAt: null));

    /// <summary>Keeps a payment that the wallet did not cover.</summary>
    public Payment Fail(Guid paymentId, Guid orderId, long userId, long amount) =>
        Add(new Payment(paymentId, orderId, userId, amount, PaymentStatus.Failed, PaidAt: null, RefundedAt: null));

    private Payment Add(Payment payment)
    {
        payments.Add(payment);
        return payment;
    }
}

/// <summary>Writes new payments set-based.</summary>
public interface IPaymentWriter
{
    /// <summary>Queues the new payments.</summary>
    void Write(NewPayments payments, DateTimeOffset now);
}
