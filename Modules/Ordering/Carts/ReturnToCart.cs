using Shop.BuildingBlocks.Outbox;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;
using Shop.Ordering.Orders.Placing;

namespace Shop.Ordering.Carts;

/// <summary>Puts the items of an order from a cart back there when its payment fails or its window is over.</summary>
[EventHandler("ordering.return-to-cart", LockOrder.UserCount)]
internal sealed class ReturnToCart(Db db, CartLocks carts, OrderLocks locks)
    : IEventBatchHandler<OrderVoided>, INameLockedRows<OrderVoided>
{
    private const string SelectReturning =
        "select user_id from ordering.orders where order_id = any(@orders) and returns_to_cart";

    // The order's own mark guards a second delivery. Of what is not in the cart, as much as a cart has lines for.
    internal const string PutBack = """
        with returned as (
            update ordering.orders set returns_to_cart = false where order_id = any(@orders) and returns_to_cart
            returning order_id, user_id),
        wanted as (
            select user_id, product_id, sum(quantity) as quantity
            from returned join ordering.order_lines using (order_id)
            group by user_id, product_id),
        placed as (
            select w.user_id, w.product_id, w.quantity, c.quantity is not null as is_there,
                row_number() over (partition by w.user_id, c.quantity is null order by w.product_id) as place
            from wanted w
            left join ordering.cart_items c on c.user_id = w.user_id and c.product_id = w.product_id)
        insert into ordering.cart_items as c (user_id, product_id, quantity, added_at)
        select user_id, product_id, least(quantity, @most), (select shop.now())
        from placed p
        where is_there
            or place + (select count(*) from ordering.cart_items i where i.user_id = p.user_id) <= @lines
        order by user_id, product_id
        on conflict (user_id, product_id) do update set quantity = least(c.quantity + excluded.quantity, @most)
        """;

    public async Task Handle(IReadOnlyList<EventEnvelope<OrderVoided>> events, CancellationToken ct)
    {
        Guid[] orders =
        [
            .. events.Select(envelope => envelope.Event)
                .Where(Returns)
                .Select(voided => voided.Order.OrderId)
                .Distinct(),
        ];
        if (orders.Length == 0)
            return;
        var users = await db.QueryAsync<long>(SelectReturning, new { orders }, ct);
        if (users.Count == 0)
            return;
        carts.LockLines(users);
        carts.Lock(users);
        locks.LockAlone(orders);
        db.Queue(PutBack, ("orders", orders), ("most", LineLimits.Quantity), ("lines", LineLimits.Lines));
    }

    public IEnumerable<RowKey> RowsOf(OrderVoided happened) => !Returns(happened)
        ? []
        :
        [
            CartLocks.LinesOf(happened.Order.UserId),
            new(CartLocks.Resource, happened.Order.UserId),
            new(IOrderLocks.Resource, happened.Order.OrderId),
        ];

    private static bool Returns(OrderVoided voided) => voided is OrderPaymentFailed or OrderExpired;
}
