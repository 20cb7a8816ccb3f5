using Shop.BuildingBlocks.Outbox;
using Shop.Catalog.Contracts;
using Shop.Ordering.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>
/// Settles the stock of closed orders: a reservation of one is sold when it is paid and released when it is
/// voided; refunded pieces of a sold one return. A checkout has sold before its event and has nothing to settle.
/// </summary>
[EventHandler("catalog.settle-reservations", LockOrder.Stock)]
internal sealed class SettleReservations(Db db, StockLocks locks)
    : IEventBatchHandler<OrderEvent>, INameLockedRows<OrderEvent>
{
    internal const string SelectReserved = """
        select order_id, product_id, quantity, counted
        from catalog.stock_reservations where order_id = any(@orders)
        """;

    // The return of a whole order has the cause of its sale, so it adds up to nothing. That of some of it has another.
    internal const string SelectSold = """
        select cause, product_id, (-sum(delta))::int, max(counted)
        from catalog.stock_movements where cause = any(@orders)
        group by cause, product_id having sum(delta) < 0
        """;

    public async Task Handle(IReadOnlyList<EventEnvelope<OrderEvent>> events, CancellationToken ct)
    {
        var unsettled = events.Select(envelope => envelope.Event)
            .Where(happened => happened is not OrderPaid { SoldAtOnce: true });
        var held = await ReadAsync([.. unsettled], ct);
        if (held.IsEmpty)
            return;

        // Reservations and movements of a closed order change here alone. The movement's cause guards a race of two.
        var stock = locks.Lock(held.ProductIds);
        var now = db.QueueNow();
        await db.FlushAsync(ct);
        foreach (var happened in events)
            Settle(happened.Event, held, stock);
        stock.Write(now.Value);
    }

    public IEnumerable<RowKey> RowsOf(OrderEvent happened) =>
        happened is OrderPaid { SoldAtOnce: true }
            ? []
            : happened.Order.Items.Select(item => new RowKey(IStockLocks.Resource, item.ProductId));

    private static void Settle(OrderEvent happened, HeldGoods held, LockedStock stock)
    {
        var (orderId, userId) = (happened.Order.OrderId, happened.Order.UserId);
        switch (happened)
        {
            case OrderPaid when held.Reserved.Remove(orderId, out var reserved):
                stock.SellReserved(orderId, userId, reserved);
                held.Sold[orderId] = reserved;
                break;
            case OrderVoided when held.Reserved.Remove(orderId, out var reserved):
                stock.Release(orderId, userId, reserved);
                break;
            case OrderPartiallyRefunded { Refund: { Restock: true } refund }
                when held.Sold.TryGetValue(orderId, out var sold):
                stock.Return(orderId, refund.RefundId, userId, Some(sold, refund.Items));
                break;
            case OrderPartiallyRefunded { Refund: var refund } when held.Sold.TryGetValue(orderId, out var sold):
                stock.Uncount(orderId, userId, Some(sold, refund.Items));
                break;
            case OrderRefunded { Refund: { Restock: false } refund } when held.Sold.Remove(orderId, out var sold):
                stock.Uncount(orderId, userId, Some(sold, refund.Items));
                break;
            case OrderRefunded { Pieces: { } pieces } refunded when held.Sold.Remove(orderId, out var sold):
                stock.Return(orderId, refunded.Refund?.RefundId ?? orderId, userId, Some(sold, pieces));
                break;
            case OrderVoided when held.Sold.Remove(orderId, out var sold):
                stock.Return(orderId, orderId, userId, sold);
                break;
        }
    }

    // Only sold products return.
    private static List<StockItem> Some(List<StockItem> sold, IReadOnlyList<RefundedItem> pieces) =>
    [
        .. sold.Join(
            pieces, item => item.ProductId, piece => piece.ProductId,
            (item, piece) => item with { Quantity = piece.Quantity }),
    ];

    private async Task<HeldGoods> ReadAsync(IReadOnlyList<OrderEvent> happened, CancellationToken ct)
    {
        var held = new HeldGoods();
        Queue(SelectReserved, [.. happened.Select(order => order.Order.OrderId).Distinct()], held.Reserved);
        Guid[] returning =
        [
            .. happened.Where(order => order is OrderVoided or OrderPartiallyRefunded)
                .Select(order => order.Order.OrderId)
                .Distinct(),
        ];
        Queue(SelectSold, returning, held.Sold);
        await db.FlushAsync(ct);
        return held;
    }

    private void Queue(string sql, Guid[] orders, Dictionary<Guid, List<StockItem>> goods)
    {
        if (orders.Length == 0)
            return;
        db.QueueRead(
            sql,
            row =>
            {
                if (!goods.TryGetValue(row.GetGuid(0), out var items))
                    goods.Add(row.GetGuid(0), items = []);
                items.Add(new StockItem(row.GetInt64(1), row.GetInt32(2), row.GetInt32(3)));
            },
            ("orders", orders));
    }

    /// <summary>The reservations of closed orders, and the sales of voided ones.</summary>
    private sealed class HeldGoods
    {
        public Dictionary<Guid, List<StockItem>> Reserved { get; } = [];

        public Dictionary<Guid, List<StockItem>> Sold { get; } = [];

        public bool IsEmpty => Reserved.Count == 0 && Sold.Count == 0;

        public long[] ProductIds =>
            [.. Reserved.Values
                .Concat(Sold.Values)
                .SelectMany(items => items)
                .Select(item => item.ProductId)
                .Distinct()];
    }
}
