using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>What closed orders do to the stock.</summary>
internal static class StockChange
{
    private const string LockStock = "select product_id from catalog.stock where product_id = any(@products) order by product_id for no key update";

    /// <summary>
    /// Locks for the whole batch, whichever of its orders the calling handler changes: one transaction runs both handlers, and what each would lock by itself
    /// would be in order twice, not once. Then queues the change.
    /// </summary>
    /// <param name="change">
    /// Is given <c>@orders</c>, sorted, <c>@places</c>, the place of each in the batch, and <c>@now</c>, read after the lock: <c>(@places)[width_bucket(order_id, @orders)]</c>
    /// finds one by bisection.
    /// </param>
    public static async Task ChangeStockAsync(
        this Db db, string change, IReadOnlyList<EventEnvelope<OrderClosed>> batch, IEnumerable<OrderClosed> changed, TimeProvider time, CancellationToken ct)
    {
        // In PostgreSQL's order of uuids too: byte by byte.
        var orders = changed.Select(closed => closed.Order.OrderId).Distinct().Select((orderId, place) => (OrderId: orderId, Place: place)).OrderBy(order => order.OrderId).ToList();
        if (orders.Count == 0)
            return;
        db.Queue(LockStock, ("products", batch.SelectMany(closed => closed.Event.Order.Items).Select(item => item.ProductId).Distinct().ToArray()));
        await db.FlushAsync(ct);
        db.Queue(change, ("orders", orders.ConvertAll(order => order.OrderId)), ("places", orders.ConvertAll(order => order.Place)), ("now", time.UtcNow()));
    }
}
