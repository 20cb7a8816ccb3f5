namespace Shop.Payments.Contracts;

/// <summary>Hands out an empty sheet for the payments that a group of hot commands makes.</summary>
public interface IPaymentSheets
{
    IPaymentSheet Open();
}

/// <summary>New payments in memory while commands are decided. The money is the wallet sheet's, the order the order's.</summary>
public interface IPaymentSheet
{
    Payment Complete(Guid paymentId, Guid orderId, long userId, long amount, DateTimeOffset now);

    /// <summary>A payment that the wallet did not reach for is kept too.</summary>
    Payment Fail(Guid paymentId, Guid orderId, long userId, long amount, DateTimeOffset now);

    /// <summary>Queues the new payments.</summary>
    void Post();
}
