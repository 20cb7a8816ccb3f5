using Shop.Catalog.Contracts;
using Shop.Identity.Contracts;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;
using Shop.Ordering.Orders.Placing;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Carts;

/// <param name="Adds">Whether the quantity is added to what is there, or takes its place.</param>
internal sealed record PutInCart(long UserId, long ProductId, int Quantity, bool Adds) : ICommand<Cart>;

internal sealed record AddToCartRequest(long ProductId, int Quantity);

internal sealed record SetInCartRequest(int Quantity);

internal static class PutInCartEndpoints
{
    private static readonly ErrorKind[] Errors =
    [
        WalletErrors.UserNotFound,
        CatalogErrors.ProductNotFound,
        CatalogErrors.NotForSale,
        OrderErrors.TooManyLines,
        CatalogErrors.OutOfStock,
    ];

    public static void MapAddToCart(this IEndpointRouteBuilder cart) => cart
        .MapPost("/items", (long userId, AddToCartRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.OkAsync(new PutInCart(userId, body.ProductId, body.Quantity, Adds: true), ct))
        .RequireRateLimiting(RateLimits.Carts)
        .IsEveryday()
        .WithName("AddToCart")
        .WithSummary("Adds to a cart")
        .Fails(Errors)
        .WithExample(new AddToCartRequest(12, 2))
        .WithDescription("A line holds 1 to 1000, a cart 50 products.");

    public static void MapSetInCart(this IEndpointRouteBuilder cart) => cart
        .MapPut("/items/{productId:long}", async (
            long userId, long productId, SetInCartRequest body, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new PutInCart(userId, productId, body.Quantity, Adds: false), ct)))
        .RequireRateLimiting(RateLimits.Carts)
        .IsEveryday()
        .WithName("SetInCart")
        .WithSummary("Sets how many of a product are in a cart; 0 takes it out")
        .Fails(Errors)
        .WithExample(new SetInCartRequest(3))
        .WithDescription("A line holds 1 to 1000, a cart 50 products.");
}

internal sealed class PutInCartValidator : AbstractValidator<PutInCart>
{
    public PutInCartValidator() => RuleFor(command => command.Quantity)
        .GreaterThanOrEqualTo(command => command.Adds ? 1 : 0)
        .LessThanOrEqualTo(LineLimits.Quantity);
}

internal sealed class PutInCartHandler(Db db, CartLocks locks, CartReader carts, IMediator mediator)
    : IRequestHandler<PutInCart, Cart>
{
    // Behind the user's lock, so that two at once count each other. A full cart takes more of a product that is in it.
    private const string Put = """
        insert into ordering.cart_items as c (user_id, product_id, quantity, added_at)
        select @user, @product, @quantity, (select shop.now())
        where exists (select from ordering.cart_items where user_id = @user and product_id = @product)
            or (select count(*) from (select from ordering.cart_items where user_id = @user limit @lines) as c) < @lines
        on conflict (user_id, product_id) do update
            set quantity = case when @adds then c.quantity else 0 end + excluded.quantity
            where case when @adds then c.quantity else 0 end + excluded.quantity <= @most
        returning quantity
        """;

    private const string IsInCart = """
        select exists (select from ordering.cart_items where user_id = @UserId and product_id = @ProductId)
        """;

    private const string TakeOut =
        "delete from ordering.cart_items where user_id = @UserId and product_id = @ProductId";

    public async Task<Cart> Handle(PutInCart request, CancellationToken cancellationToken)
    {
        Exception? refusal = null;
        if (request.Quantity == 0)
            await db.ExecuteAsync(TakeOut, new { request.UserId, request.ProductId }, cancellationToken);
        else
            refusal = await PutAsync(request, cancellationToken);
        // Behind the lock of the cart's lines, so that an erasure at the same moment leaves no line.
        if (!await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        if (refusal is not null)
            throw refusal;
        return await carts.ReadAsync(request.UserId, cancellationToken);
    }

    /// <returns>A refusal, which undoes what was put. Stock is only looked at: it is the order that reserves.</returns>
    private async Task<Exception?> PutAsync(PutInCart request, CancellationToken ct)
    {
        var products = await mediator.Send(new FindProducts([request.ProductId]), ct);
        if (products is not [var product])
            return new ErrorException(CatalogErrors.ProductNotFound.Of(request.ProductId));
        if (!product.IsForSale)
            return new ErrorException(CatalogErrors.NotForSale.Of([request.ProductId]));

        if (await TryPutAsync(request, ct) is not { } put)
            return await ExcessAsync(request, ct);
        return put <= product.Available
            ? null
            : new ErrorException(
                CatalogErrors.OutOfStock.Of([new Shortage(request.ProductId, put, product.Available)]));
    }

    /// <returns>How many are in the cart now, or null where the cart or the line would hold too much.</returns>
    private async Task<int?> TryPutAsync(PutInCart request, CancellationToken ct)
    {
        int? put = null;
        locks.LockLines(request.UserId);
        db.QueueRead(
            Put,
            row => put = row.GetInt32(0),
            ("user", request.UserId),
            ("product", request.ProductId),
            ("quantity", request.Quantity),
            ("adds", request.Adds),
            ("lines", LineLimits.Lines),
            ("most", LineLimits.Quantity));
        await db.FlushAsync(ct);
        return put;
    }

    private async Task<Exception> ExcessAsync(PutInCart request, CancellationToken ct) =>
        await db.QuerySingleAsync<bool>(IsInCart, new { request.UserId, request.ProductId }, ct)
            ? Invalid.Field("quantity", $"A line holds at most {LineLimits.Quantity}.")
            : new ErrorException(OrderErrors.TooManyLines.Of(LineLimits.Lines));
}
