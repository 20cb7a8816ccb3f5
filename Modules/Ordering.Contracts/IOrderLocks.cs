namespace Shop.Ordering.Contracts;

/// <summary>Locks the orders that a batch of commands needs.</summary>
public interface IOrderLocks
{
    /// <summary>The resource of a row key; its key is the order's id.</summary>
    const string Resource = "ordering.orders";

    /// <summary>Queues the lock of these orders. The rows are there once the queue is flushed.</summary>
    ILockedOrders Lock(IReadOnlyCollection<Guid> orderIds);
}

/// <summary>Locked orders in memory. They record what a batch decides, and write it set-based.</summary>
public interface ILockedOrders
{
    /// <returns>The order with the decisions so far, or null where there is none.</returns>
    Order? Find(Guid orderId);

    /// <summary>
    /// The status that a command must treat the order as: EXPIRED as soon as its payment window is over, whether or not
    /// the scheduler has been by.
    /// </summary>
    OrderStatus EffectiveStatus(Guid orderId, DateTimeOffset now);

    /// <summary>The order is paid by this payment.</summary>
    /// <exception cref="InvalidOperationException">It is not payable.</exception>
    void Pay(Guid orderId, Guid paymentId, DateTimeOffset now);

    /// <summary>This payment of the order failed.</summary>
    /// <exception cref="InvalidOperationException">It is not payable.</exception>
    void FailPayment(Guid orderId, Guid paymentId, DateTimeOffset now);

    /// <summary>Queues the changed orders and publishes their events.</summary>
    void Write();
}
