using Shop.BuildingBlocks.Outbox;
using Shop.Catalog.Contracts;
using Shop.Ordering.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>
/// Settles the stock of closed orders: what was reserved for one is sold when it is paid and released when it is
/// voided; what a voided one was sold returns. A checkout has sold before its event and has nothing to settle.
/// </summary>
[EventHandler("catalog.settle-reservations", LockOrder.Stock)]
internal sealed class SettleReservations(Db db, StockLocks locks)
    : IEventBatchHandler<OrderClosed>, INameLockedRows<OrderClosed>
{
    internal const string SelectReserved = """
        select order_id, product_id, quantity from catalog.stock_reservations where order_id = any(@orders)
        """;

    // A return has the cause of its sale, so what has returned adds up to nothing.
    internal const string SelectSold = """
        select cause, product_id, (-sum(delta))::int from catalog.stock_movements where cause = any(@orders)
        group by cause, product_id having sum(delta) < 0
        """;

    public async Task Handle(IReadOnlyList<EventEnvelope<OrderClosed>> events, CancellationToken ct)
    {
        var held = await ReadAsync([.. events.Select(closed => closed.Event)], ct);
        if (held.IsEmpty)
            return;

        // Reservations and movements of a closed order change here alone. The movement's cause guards a race of two.
        var stock = locks.Lock(held.ProductIds);
        var now = db.QueueNow();
        await db.FlushAsync(ct);
        foreach (var closed in events)
            Settle(closed.Event, held, stock);
        stock.Write(now.Value);
    }

    public IEnumerable<RowKey> RowsOf(OrderClosed happened) =>
        happened.Order.Items.Select(item => new RowKey(IStockLocks.Resource, item.ProductId));

    private static void Settle(OrderClosed closed, HeldGoods held, LockedStock stock)
    {
        var orderId = closed.Order.OrderId;
        switch (closed)
        {
            case OrderPaid when held.Reserved.Remove(orderId, out var reserved):
                stock.SellReserved(orderId, reserved);
                held.Sold[orderId] = reserved;
                break;
            case OrderVoided when held.Reserved.Remove(orderId, out var reserved):
                stock.Release(orderId, reserved);
                break;
            case OrderVoided when held.Sold.Remove(orderId, out var sold):
                stock.Return(orderId, sold);
                break;
        }
    }

    private async Task<HeldGoods> ReadAsync(IReadOnlyList<OrderClosed> closed, CancellationToken ct)
    {
        var held = new HeldGoods();
        Queue(SelectReserved, [.. closed.Select(order => order.Order.OrderId).Distinct()], held.Reserved);
        Queue(SelectSold, [.. closed.OfType<OrderVoided>().Select(order => order.Order.OrderId).Distinct()], held.Sold);
        await db.FlushAsync(ct);
        return held;
    }

    private void Queue(string sql, Guid[] orders, Dictionary<Guid, List<ItemQuantity>> goods)
    {
        if (orders.Length == 0)
            return;
        db.QueueRead(
            sql,
            row =>
            {
                if (!goods.TryGetValue(row.GetGuid(0), out var items))
                    goods.Add(row.GetGuid(0), items = []);
                items.Add(new ItemQuantity(row.GetInt64(1), row.GetInt32(2)));
            },
            ("orders", orders));
    }

    /// <summary>What closed orders still have reserved, and what voided ones were sold.</summary>
    private sealed class HeldGoods
    {
        public Dictionary<Guid, List<ItemQuantity>> Reserved { get; } = [];

        public Dictionary<Guid, List<ItemQuantity>> Sold { get; } = [];

        public bool IsEmpty => Reserved.Count == 0 && Sold.Count == 0;

        public long[] ProductIds =>
            [.. Reserved.Values
                .Concat(Sold.Values)
                .SelectMany(items => items)
                .Select(item => item.ProductId)
                .Distinct()];
    }
}
