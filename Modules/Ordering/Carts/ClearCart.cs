using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Carts;

/// <param name="ProductId">The product to take out, or null for all.</param>
internal sealed record ClearCart(long UserId, long? ProductId) : ICommand<Unit>;

internal static class ClearCartEndpoints
{
    public static void MapTakeOutOfCart(this IEndpointRouteBuilder cart) => cart
        .MapDelete("/items/{productId:long}", async (
            long userId, long productId, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new ClearCart(userId, productId), ct);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.Carts)
        .IsEveryday()
        .WithName("TakeOutOfCart")
        .WithSummary("Takes a product out of a cart")
        .Fails(WalletErrors.UserNotFound);

    public static void MapClearCart(this IEndpointRouteBuilder cart) => cart
        .MapDelete("", async (long userId, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new ClearCart(userId, ProductId: null), ct);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.Carts)
        .IsEveryday()
        .WithName(nameof(ClearCart))
        .WithSummary("Empties a cart")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class ClearCartHandler(Db db, CartLocks locks, IMediator mediator) : IRequestHandler<ClearCart, Unit>
{
    private const string DeleteItem = "delete from ordering.cart_items where user_id = @user and product_id = @product";
    private const string DeleteAll = "delete from ordering.cart_items where user_id = @user";

    public async Task<Unit> Handle(ClearCart request, CancellationToken cancellationToken)
    {
        if (!await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        if (request.ProductId is { } product)
        {
            db.Queue(DeleteItem, ("user", request.UserId), ("product", product));
        }
        else
        {
            // A DELETE of several rows takes them in any order; an order from the cart takes them in that of the lock.
            locks.Lock(request.UserId);
            db.Queue(DeleteAll, ("user", request.UserId));
        }

        await db.FlushAsync(cancellationToken);
        return Unit.Value;
    }
}
