using Shop.Messages;

namespace Shop.Ordering.Contracts;

/// <summary>Hands out the orders that a group of hot commands needs. A sheet is filled when the queued statements are sent.</summary>
public interface IOrderSheets
{
    /// <summary>Queues the locking of these orders, in the order of their ids.</summary>
    IOrderSheet Lock(IReadOnlyCollection<Guid> orderIds);
}

/// <summary>Orders in memory while commands are decided. What they become is posted with their events.</summary>
public interface IOrderSheet
{
    /// <summary>The row as a batch knows it.</summary>
    RowKey RowOf(Guid orderId);

    /// <returns>The order as it is now, decisions on this sheet included, or null where there is none.</returns>
    Order? Find(Guid orderId);

    /// <summary>
    /// The status that a command must treat the order as: EXPIRED as soon as its payment window is over, whether or not the scheduler has been by.
    /// </summary>
    OrderStatus EffectiveStatus(Guid orderId, DateTimeOffset now);

    /// <summary>The order is paid by this payment.</summary>
    /// <exception cref="InvalidOperationException">It is not payable.</exception>
    void Pay(Guid orderId, Guid paymentId, DateTimeOffset now);

    /// <summary>This payment of the order failed.</summary>
    /// <exception cref="InvalidOperationException">It is not payable.</exception>
    void FailPayment(Guid orderId, Guid paymentId, DateTimeOffset now);

    /// <summary>Queues the changed orders and publishes their events.</summary>
    void Post();
}
