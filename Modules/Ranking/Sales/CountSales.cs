using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Ranking.Sales;

/// <summary>A payment adds to the sales of its day; a refund takes off the same day, whenever it comes.</summary>
[EventHandler("ranking.count-sales", LockOrder.Queue)]
internal sealed class CountSales(Db db) : IEventBatchHandler<OrderEvent>, INameLockedRows<OrderEvent>
{
    private const string Resource = "ranking.daily_sales";

    // Those of the batch's days and products. No key is ever left out of a handler's lock.
    private const string Counts = """
        from (
            select distinct (paid_at at time zone time_zone)::date as day, product_id
            from ranking.zones
            cross join lateral (
                select paid_at, product_id from unnest(@paid, @products) as s (paid_at, product_id)
                where since <= paid_at and paid_at < until offset 0) as sold
            order by day, product_id) as s
        cross join lateral (
            select product_id from ranking.daily_sales
            where day = s.day and product_id = s.product_id limit 1) as counted
        """;

    private static readonly LockStatement LockCounts = new(
        LockOrder.Queue,
        Resource,
        $"select counted.product_id {Counts} for no key update of counted",
        $"select counted.product_id {Counts}");

    // Adding needs no guard against repeats: the acknowledgement of the events is in the same commit. A batch has each
    // row once, in key order. Zones are few: each is compared with all sales, which OFFSET 0 keeps PostgreSQL from
    // turning round.
    private const string Add = """
        insert into ranking.daily_sales (day, product_id, quantity)
        select (paid_at at time zone time_zone)::date as day, product_id, sum(quantity)
        from ranking.zones
        cross join lateral (
            select paid_at, product_id, quantity
            from unnest(@paid, @products, @quantities) as s (paid_at, product_id, quantity)
            where since <= paid_at and paid_at < until offset 0) as sold
        group by day, product_id having sum(quantity) <> 0 order by day, product_id
        on conflict (day, product_id) do update set quantity = daily_sales.quantity + excluded.quantity
        """;

    public Task Handle(IReadOnlyList<EventEnvelope<OrderEvent>> events, CancellationToken ct)
    {
        var sales = Sale.Of(events.Select(happened => happened.Event));
        if (sales.Count > 0)
        {
            var paid = sales.Select(sale => sale.PaidAt.UtcDateTime).ToArray();
            var products = sales.Select(sale => sale.ProductId).ToArray();
            db.QueueLock(LockCounts, products, _ => { }, ("paid", paid), ("products", products));
            db.Queue(
                Add,
                ("paid", paid),
                ("products", products),
                ("quantities", sales.Select(sale => sale.Quantity).ToArray()));
        }

        return Task.CompletedTask;
    }

    public IEnumerable<RowKey> RowsOf(OrderEvent happened) =>
        Sale.Of([happened]).Select(sale => new RowKey(Resource, sale.ProductId));
}

/// <summary>The change of a product's sales by a batch of events, by the time of the payment.</summary>
internal sealed record Sale(DateTimeOffset PaidAt, long ProductId, long Quantity)
{
    /// <summary>One for each payment and product.</summary>
    public static IReadOnlyList<Sale> Of(IEnumerable<OrderEvent> events) =>
    [
        .. events.SelectMany(Changes)
            .GroupBy(change => (change.PaidAt, change.ProductId))
            .Select(same => new Sale(same.Key.PaidAt, same.Key.ProductId, same.Sum(change => change.Quantity)))
            .Where(change => change.Quantity != 0),
    ];

    private static IEnumerable<Sale> Changes(OrderEvent happened) => happened switch
    {
        OrderPaid paid => paid.Order.Items.Select(item =>
            new Sale(paid.Order.ClosedAt!.Value, item.ProductId, item.Quantity)),
        OrderPartiallyRefunded partial => Refunded(partial.PaidAt, partial.Refund.Items),
        OrderRefunded { Pieces: { } pieces } refunded => Refunded(refunded.PaidAt, pieces),
        OrderRefunded refunded => refunded.Order.Items.Select(item =>
            new Sale(refunded.PaidAt, item.ProductId, -(long)item.Quantity)),
        _ => [],
    };

    private static IEnumerable<Sale> Refunded(DateTimeOffset paidAt, IReadOnlyList<RefundedItem> pieces) =>
        pieces.Select(piece => new Sale(paidAt, piece.ProductId, -(long)piece.Quantity));
}
