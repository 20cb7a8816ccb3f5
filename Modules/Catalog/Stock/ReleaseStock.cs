using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>An order that came to nothing gives back what it has reserved, or what it was sold.</summary>
[EventHandler("catalog.release-stock", LockOrder.Stock)]
internal sealed class ReleaseStock(Db db, TimeProvider time) : IEventBatchHandler<OrderClosed>
{
    // The reservation's state is the guard: each row is given back once, and a sale that arrives after its release finds nothing to sell.
    // Goods return even past the limit on stock. The stock that is read is the one before the update (a statement has one view of the tables), so each
    // movement's on_hand_after is that, plus what the movements up to it bring.
    private const string Release = """
        with undone as (
            update catalog.reservations r set state = case r.state when 'RESERVED' then 'RELEASED' else 'RETURNED' end
            where r.order_id = any(@orders) and r.state in ('RESERVED', 'SOLD')
            returning r.order_id, r.product_id, r.quantity, r.state, (@places)[width_bucket(r.order_id, @orders)] as place),
        given_back as (
            select product_id,
                coalesce(sum(quantity) filter (where state = 'RELEASED'), 0) as released,
                coalesce(sum(quantity) filter (where state = 'RETURNED'), 0) as returned
            from undone group by product_id),
        stock as (
            update catalog.stock s set on_hand = s.on_hand + g.returned, reserved = s.reserved - g.released
            from given_back g where s.product_id = g.product_id)
        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, order_id, occurred_at)
        select undone.product_id, 'RETURN', undone.quantity, s.on_hand + sum(undone.quantity) over up_to_this, undone.order_id, @now
        from undone join catalog.stock s using (product_id)
        where undone.state = 'RETURNED'
        window up_to_this as (partition by undone.product_id order by undone.place rows unbounded preceding)
        order by undone.place, undone.product_id
        """;

    public Task Handle(IReadOnlyList<EventEnvelope<OrderClosed>> events, CancellationToken ct) =>
        db.ChangeStockAsync(Release, events, events.Select(closed => closed.Event).OfType<OrderUndone>(), time, ct);
}
