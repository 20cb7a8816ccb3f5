using Shop.Ordering.Contracts;
using Shop.Ordering.Orders.Placing;

namespace Shop.Ordering.Orders;

internal sealed class LockOpenOrdersHandler(Db db, OpenOrdersReader orders) : IRequestHandler<LockOpenOrders, bool>
{
    public async Task<bool> Handle(LockOpenOrders request, CancellationToken cancellationToken)
    {
        var open = orders.Lock([request.UserId]);
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);
        return open.IsAny(request.UserId, clock.Value);
    }
}

internal sealed class EraseCartHandler(Db db) : IRequestHandler<EraseCart, Unit>
{
    private const string DeleteItems = "delete from ordering.cart_items where user_id = @UserId";

    // An order that came to nothing, whose event is still under way, gives nothing back.
    private const string KeepFromCart =
        "update ordering.orders set returns_to_cart = false where user_id = @UserId and returns_to_cart";

    public async Task<Unit> Handle(EraseCart request, CancellationToken cancellationToken)
    {
        await db.ExecuteAsync(DeleteItems, request, cancellationToken);
        await db.ExecuteAsync(KeepFromCart, request, cancellationToken);
        return Unit.Value;
    }
}
