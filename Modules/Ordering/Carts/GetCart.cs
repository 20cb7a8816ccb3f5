using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Carts;

internal sealed record GetCart(long UserId) : IQuery<Cart>;

internal static class GetCartEndpoint
{
    public static void MapGetCart(this IEndpointRouteBuilder cart) => cart
        .MapGet("", async (long userId, IMediator mediator, CancellationToken ct) => TypedResults.Ok(
            await mediator.Send(new GetCart(userId), ct)))
        .WithName(nameof(GetCart))
        .WithSummary("A cart, with prices and availability as they are now")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class GetCartHandler(CartReader carts, IMediator mediator) : IRequestHandler<GetCart, Cart>
{
    public async Task<Cart> Handle(GetCart request, CancellationToken cancellationToken)
    {
        var cart = await carts.ReadAsync(request.UserId, cancellationToken);
        if (cart.Items.Count == 0 && !await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        return cart;
    }
}
