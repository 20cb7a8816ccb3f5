using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>The stock that a batch of closed orders concerns, locked in the order of product ids.</summary>
internal static class LockedStock
{
    private const string LockStock = "select product_id from catalog.stock where product_id = any(@products) order by product_id for no key update";

    /// <summary>
    /// Locks for the whole batch, whichever of its orders the calling handler changes: one transaction runs both handlers, and what each would lock
    /// by itself would be in order twice, not once.
    /// </summary>
    public static async Task LockStockAsync(this Db db, IEnumerable<Published<OrderClosed>> batch, CancellationToken ct)
    {
        var products = batch.SelectMany(closed => closed.Event.Order.Items).Select(item => item.ProductId).Distinct().ToArray();
        await db.QueryAsync<long>(LockStock, new { products }, ct);
    }
}
