using Shop.Ordering.Carts;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders.Placing;

namespace Shop.Ordering.Orders;

internal sealed class LockOpenOrdersHandler(Db db, OpenOrdersReader orders, CartLocks carts)
    : IRequestHandler<LockOpenOrders, bool>
{
    public async Task<bool> Handle(LockOpenOrders request, CancellationToken cancellationToken)
    {
        var open = orders.Lock([request.UserId]);
        carts.LockLines(request.UserId);
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);
        return open.IsAny(request.UserId, clock.Value);
    }
}

internal sealed class EraseCartHandler(Db db, CartLocks carts, OrderLocks orders) : IRequestHandler<EraseCart, Unit>
{
    private const string DeleteItems = "delete from ordering.cart_items where user_id = @user";

    // An order that was paid or cancelled keeps its mark and returns nothing. Each half has an index of its own.
    internal const string SelectReturning = """
        select order_id from ordering.orders where user_id = @UserId and status = 'CREATED' and returns_to_cart
        union all
        select order_id from ordering.orders
        where user_id = @UserId and status in ('PAYMENT_FAILED', 'EXPIRED') and returns_to_cart
        """;

    // An order that came to nothing, whose event is still under way, gives nothing back.
    private const string KeepFromCart =
        "update ordering.orders set returns_to_cart = false where order_id = any(@orders) and returns_to_cart";

    public async Task<Unit> Handle(EraseCart request, CancellationToken cancellationToken)
    {
        var returning = await db.QueryAsync<Guid>(SelectReturning, request, cancellationToken);
        carts.Lock(request.UserId);
        db.Queue(DeleteItems, ("user", request.UserId));
        orders.LockAlone(returning);
        db.Queue(KeepFromCart, ("orders", returning.ToArray()));
        await db.FlushAsync(cancellationToken);
        return Unit.Value;
    }
}
