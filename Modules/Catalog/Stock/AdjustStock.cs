using System.ComponentModel.DataAnnotations;
using Shop.BuildingBlocks.Outbox;
using Shop.Catalog.Contracts;
using Shop.Catalog.Products;

namespace Shop.Catalog.Stock;

internal sealed record AdjustStock(long ProductId, long Delta, string Reason) : ICommand<ProductView>;

internal sealed record AdjustStockRequest(
    long Delta, [property: MaxLength(AdjustStockValidator.ReasonLength)] string Reason);

internal static class AdjustStockEndpoint
{
    public static void MapAdjustStock(this IEndpointRouteBuilder products) => products
        .MapPost("/{productId:long}/stock-adjustments", (
            long productId, AdjustStockRequest body, IdempotentSender commands, CancellationToken ct) =>
            commands.OkAsync(new AdjustStock(productId, body.Delta, body.Reason), ct))
        .WithName(nameof(AdjustStock))
        .WithSummary("Adds to a product's stock, or takes from it")
        .Fails(CatalogErrors.ProductNotFound, CatalogErrors.StockWouldGoNegative, CatalogErrors.StockLimitExceeded)
        .WithExample(new AdjustStockRequest(-2, "broken in the warehouse"))
        .WithDescription("The delta is not 0, the reason has 1 to 200 characters.");
}

internal sealed class AdjustStockValidator : AbstractValidator<AdjustStock>
{
    public const int ReasonLength = 200;

    public AdjustStockValidator()
    {
        RuleFor(command => command.Delta).NotEqual(0);
        RuleFor(command => command.Reason).NotEmpty().MaximumCharacters(ReasonLength);
    }
}

internal sealed class AdjustStockHandler(Db db, StockLocks locks, Outbox outbox)
    : IRequestHandler<AdjustStock, ProductView>
{
    private const string Adjust = """
        with adjusted as (
            update catalog.stock set on_hand = on_hand + @Delta where product_id = @ProductId
            returning product_id, on_hand)
        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, reason, occurred_at)
        select product_id, 'ADJUSTMENT', @Delta, on_hand, @Reason, (select shop.now()) from adjusted
        """;

    public async Task<ProductView> Handle(AdjustStock request, CancellationToken cancellationToken)
    {
        var stock = locks.Lock([request.ProductId]);
        await db.FlushAsync(cancellationToken);
        var row = stock.RowOf(request.ProductId) ?? throw new ErrorException(ProductView.NotFound(request.ProductId));
        if (StockLimit.Check(row.OnHand, row.Reserved, request.Delta) is { } error)
            throw new ErrorException(error);

        await db.ExecuteAsync(Adjust, new { request.ProductId, request.Delta, request.Reason }, cancellationToken);
        if (row.FallTo(row.Available + request.Delta) is { } fall)
            outbox.Publish(fall);
        return await db.QuerySingleAsync<ProductView>(ProductView.Select, new { request.ProductId }, cancellationToken);
    }
}

/// <summary>
/// Between what is reserved and what a product may have on hand; returned goods alone may go past the latter.
/// </summary>
internal static class StockLimit
{
    public const long OnHand = 1_000_000_000;

    /// <param name="delta">Any number: neither comparison can overflow.</param>
    public static Error? Check(long onHand, long reserved, long delta)
    {
        if (delta < reserved - onHand)
            return CatalogErrors.StockWouldGoNegative.Of((onHand, reserved));
        if (delta > 0 && delta > OnHand - onHand)
            return CatalogErrors.StockLimitExceeded.Of((OnHand, onHand));
        return null;
    }
}
