namespace Shop.Catalog.Contracts;

/// <summary>Locks the stock that a batch of commands needs.</summary>
public interface IStockLocks
{
    /// <summary>The resource of a row key; its key is the product's id.</summary>
    const string Resource = "catalog.stock";

    /// <summary>Queues the lock of these products' stock. The rows are there once the queue is flushed.</summary>
    ILockedStock Lock(IReadOnlyCollection<long> productIds);

    /// <summary>Queues a read of their stock without a lock. A decision against it is not written.</summary>
    ILockedStock Read(IReadOnlyCollection<long> productIds);

    /// <summary>
    /// Queues a read of the pieces that are counted for users, behind the stock's lock: nothing where none of the
    /// products, which have been read, has a limit.
    /// </summary>
    void ReadCounts(ILockedStock stock, IEnumerable<(long UserId, long ProductId)> purchases);

    /// <summary>Queues a read of the categories of the stock's products.</summary>
    void ReadCategories(ILockedStock stock);
}

/// <summary>Locked stock in memory. It records what a batch decides, and writes it set-based.</summary>
public interface ILockedStock
{
    /// <returns>The product with what is left of it after the decisions so far, or null where there is none.</returns>
    ProductOnShelf? Find(long productId);

    /// <summary>The product's categories and those above them; empty where they were not read.</summary>
    IReadOnlyCollection<long> CategoriesOf(long productId);

    /// <summary>Whether the product is for sale at this time.</summary>
    bool IsForSale(long productId, DateTimeOffset now);

    /// <returns>Every product of which the user may not have as many; empty where the limits allow all.</returns>
    IReadOnlyList<PurchaseLimit> Exceeded(long userId, IReadOnlyList<ItemQuantity> items);

    /// <summary>Reserves every item for an order that waits for its payment, or nothing.</summary>
    /// <param name="items">Quantities above 0, of locked products.</param>
    /// <returns>Every product that is short; empty where all is reserved.</returns>
    IReadOnlyList<Shortage> TryReserve(Guid orderId, long userId, IReadOnlyList<ItemQuantity> items);

    /// <summary>Sells every item to an order that is paid in this transaction, or nothing.</summary>
    /// <param name="items">Quantities above 0, of locked products.</param>
    /// <returns>Every product that is short; empty where all is sold.</returns>
    IReadOnlyList<Shortage> TrySell(Guid orderId, long userId, IReadOnlyList<ItemQuantity> items);

    /// <summary>Takes back what was reserved for the order or sold to it in this batch.</summary>
    void Undo(Guid orderId);

    /// <summary>Queues the changed stock, the reservations and the movements.</summary>
    void Write(DateTimeOffset now);
}

public sealed record ItemQuantity(long ProductId, int Quantity);

/// <param name="Available">The pieces that can still be ordered: on hand and not reserved.</param>
public sealed record Shortage(long ProductId, int Requested, long Available);

/// <param name="Allowed">Pieces that one order of the user may still take.</param>
public sealed record PurchaseLimit(long ProductId, int Requested, long Allowed);
