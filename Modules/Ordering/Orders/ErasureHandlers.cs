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

internal sealed class EraseCartHandler(Db db, CartLocks carts) : IRequestHandler<EraseCart, Unit>
{
    private const string DeleteItems = "delete from ordering.cart_items where user_id = @user";

    private const string SelectReturning =
        "select order_id from ordering.orders where user_id = @UserId and returns_to_cart";

    // An order that came to nothing, whose event is still under way, gives nothing back.
    private const string KeepFromCart =
        "update ordering.orders set returns_to_cart = false where user_id = @user and returns_to_cart";

    public async Task<Unit> Handle(EraseCart request, CancellationToken cancellationToken)
    {
        var returning = await db.QueryAsync<Guid>(SelectReturning, request, cancellationToken);
        carts.Lock(request.UserId);
        db.Queue(DeleteItems, ("user", request.UserId));
        db.QueueLock(ReturnToCart.LockOrders, returning, _ => { });
        db.Queue(KeepFromCart, ("user", request.UserId));
        await db.FlushAsync(cancellationToken);
        return Unit.Value;
    }
}
