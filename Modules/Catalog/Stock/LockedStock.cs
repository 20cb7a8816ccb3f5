using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>The stock that a batch of closed orders concerns, locked in the order of product ids.</summary>
internal static class LockedStock
{
    private const string LockStock = "select product_id from catalog.stock where product_id = any(@products) order by product_id for no key update";

    /// <summary>
    /// Queues the lock for the whole batch, whichever of its orders the calling handler changes: one transaction runs both handlers, and what each would lock
    /// by itself would be in order twice, not once.
    /// </summary>
    public static void QueueStockLock(this Db db, IEnumerable<Published<OrderClosed>> batch)
    {
        var products = batch.SelectMany(closed => closed.Event.Order.Items).Select(item => item.ProductId).Distinct().ToArray();
        db.Queue(LockStock, ("products", products));
    }
}
