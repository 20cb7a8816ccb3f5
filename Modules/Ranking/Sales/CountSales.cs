using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Ranking.Sales;

/// <summary>A payment adds to the sales of its day; a refund takes off the same day, whenever it comes.</summary>
[EventHandler("ranking.count-sales", LockOrder.Queue)]
internal sealed class CountSales(Db db, IOptions<ShopOptions> shop) : IBatchHandler<OrderClosed>
{
    // Adding needs no guard against repeats: the acknowledgement of the events is in the same commit. A batch has each row once, in key order.
    private const string Add = """
        insert into ranking.daily_sales (day, product_id, quantity)
        select day, product_id, quantity from unnest(@days, @products, @quantities) as s (day, product_id, quantity) order by day, product_id
        on conflict (day, product_id) do update set quantity = daily_sales.quantity + excluded.quantity
        """;

    public Task Handle(IReadOnlyList<Published<OrderClosed>> events, CancellationToken ct)
    {
        var sales = DailySales.Of(events.Select(closed => closed.Event), shop.Value);
        if (sales.Count > 0)
        {
            db.Queue(
                Add,
                ("days", sales.Select(sale => sale.Day).ToArray()),
                ("products", sales.Select(sale => sale.ProductId).ToArray()),
                ("quantities", sales.Select(sale => sale.Quantity).ToArray()));
        }

        return Task.CompletedTask;
    }
}

/// <summary>What a batch of events changes in a day's sales of a product.</summary>
internal sealed record DailySales(DateOnly Day, long ProductId, long Quantity)
{
    /// <summary>One for each day and product that change, whatever the number of events.</summary>
    public static IReadOnlyList<DailySales> Of(IEnumerable<OrderClosed> events, ShopOptions shop) =>
    [
        .. events.SelectMany(closed => Changes(closed, shop))
            .GroupBy(change => (change.Day, change.ProductId))
            .Select(changes => new DailySales(changes.Key.Day, changes.Key.ProductId, changes.Sum(change => change.Quantity)))
            .Where(change => change.Quantity != 0),
    ];

    private static IEnumerable<DailySales> Changes(OrderClosed closed, ShopOptions shop) => closed switch
    {
        OrderPaid paid => Changes(paid.Order, shop.DayOf(paid.Order.ClosedAt!.Value), sign: 1),
        OrderRefunded refunded => Changes(refunded.Order, shop.DayOf(refunded.PaidAt), sign: -1),
        _ => [],
    };

    private static IEnumerable<DailySales> Changes(Order order, DateOnly day, int sign) =>
        order.Items.Select(item => new DailySales(day, item.ProductId, (long)sign * item.Quantity));
}
