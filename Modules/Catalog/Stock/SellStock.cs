using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>What was reserved for an order that is paid leaves the stock.</summary>
[EventHandler("catalog.sell-stock", LockOrder.Stock)]
internal sealed class SellStock(Db db, TimeProvider time) : IEventBatchHandler<OrderClosed>
{
    // The reservation's state is the guard: what was sold or released before is not found here. The stock that is read is the one before the update (a
    // statement has one view of the tables), so each movement's on_hand_after is that, less what the movements up to it take.
    private const string Sell = """
        with sold as (
            update catalog.reservations r set state = 'SOLD'
            where r.order_id = any(@orders) and r.state = 'RESERVED'
            returning r.order_id, r.product_id, r.quantity, (@places)[width_bucket(r.order_id, @orders)] as place),
        taken as (
            select product_id, sum(quantity) as quantity from sold group by product_id),
        stock as (
            update catalog.stock s set on_hand = s.on_hand - t.quantity, reserved = s.reserved - t.quantity
            from taken t where s.product_id = t.product_id)
        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, order_id, occurred_at)
        select sold.product_id, 'SALE', -sold.quantity, s.on_hand - sum(sold.quantity) over up_to_this, sold.order_id, @now
        from sold join catalog.stock s using (product_id)
        window up_to_this as (partition by sold.product_id order by sold.place rows unbounded preceding)
        order by sold.place, sold.product_id
        """;

    public Task Handle(IReadOnlyList<EventEnvelope<OrderClosed>> events, CancellationToken ct) =>
        db.ChangeStockAsync(Sell, events, events.Select(closed => closed.Event).OfType<OrderPaid>(), time, ct);
}
