using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Pipeline;
using Shop.Catalog.Contracts;
using Shop.Messages;
using Shop.Ordering.Orders;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Carts;

/// <param name="Adds">Whether the quantity is added to what is there, or takes its place.</param>
internal sealed record PutInCart(long UserId, long ProductId, int Quantity, bool Adds) : ICommand<Cart>;

internal sealed record AddToCartRequest(long ProductId, int Quantity);

internal sealed record SetInCartRequest(int Quantity);

internal static class PutInCartEndpoints
{
    public static void MapAddToCart(this IEndpointRouteBuilder cart) => cart
        .MapPost("/items", (long userId, AddToCartRequest body, CommandSender commands, CancellationToken ct) =>
            commands.OkAsync(new PutInCart(userId, body.ProductId, body.Quantity, Adds: true), ct))
        .WithName("AddToCart")
        .WithSummary("Adds to a cart")
        .Refuses(ProductRefusals.PutInCart)
        .WithExample(new AddToCartRequest(12, 2))
        .WithDescription("A line holds 1 to 1000.");

    public static void MapSetInCart(this IEndpointRouteBuilder cart) => cart
        .MapPut("/items/{productId:long}", async (long userId, long productId, SetInCartRequest body, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new PutInCart(userId, productId, body.Quantity, Adds: false), ct)))
        .WithName("SetInCart")
        .WithSummary("Sets how many of a product are in a cart; 0 takes it out")
        .Refuses(ProductRefusals.PutInCart)
        .WithExample(new SetInCartRequest(3))
        .WithDescription("A line holds 1 to 1000.");
}

internal sealed class PutInCartValidator : AbstractValidator<PutInCart>
{
    public PutInCartValidator() => RuleFor(command => command.Quantity)
        .GreaterThanOrEqualTo(command => command.Adds ? 1 : 0)
        .LessThanOrEqualTo(Quantities.Maximum);
}

internal sealed class PutInCartHandler(Db db, CartReader carts, IMediator mediator, TimeProvider time) : IRequestHandler<PutInCart, Cart>
{
    private const string Put = """
        insert into ordering.cart_items as c (user_id, product_id, quantity, added_at)
        values (@UserId, @ProductId, @Quantity, @now)
        on conflict (user_id, product_id) do update
            set quantity = case when @Adds then c.quantity else 0 end + excluded.quantity
            where case when @Adds then c.quantity else 0 end + excluded.quantity <= @most
        returning quantity
        """;

    private const string TakeOut = "delete from ordering.cart_items where user_id = @UserId and product_id = @ProductId";

    public async Task<Cart> Handle(PutInCart request, CancellationToken cancellationToken)
    {
        if (!await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw Refused.UserNotFound(request.UserId);
        if (request.Quantity == 0)
            await db.ExecuteAsync(TakeOut, new { request.UserId, request.ProductId }, cancellationToken);
        else
            await PutAsync(request, cancellationToken);
        return await carts.ReadAsync(request.UserId, cancellationToken);
    }

    // A refusal undoes what was put. Stock is only looked at: it is the order that reserves.
    private async Task PutAsync(PutInCart request, CancellationToken ct)
    {
        var products = await mediator.Send(new FindProducts([request.ProductId]), ct);
        if (products is not [var product])
            throw ProductRefusals.NotFound(request.ProductId);
        if (!product.IsForSale)
            throw ProductRefusals.NotForSale(request.ProductId);

        var put = await db.QuerySingleOrDefaultAsync<int?>(
            Put, new { request.UserId, request.ProductId, request.Quantity, request.Adds, now = time.UtcNow(), most = Quantities.Maximum }, ct);
        if (put is null)
            throw Invalid.Field("quantity", $"A line holds at most {Quantities.Maximum}.");
        if (put > product.Available)
            throw ProductRefusals.OutOfStock([new Shortage(request.ProductId, put.Value, product.Available)]);
    }
}
