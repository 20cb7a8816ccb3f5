using Shop.Catalog.Contracts;
using Shop.Catalog.Products;

namespace Shop.Catalog.Stock;

internal sealed record ListStockMovements(long ProductId, PageRequest Page)
    : IQuery<Page<StockMovement>>, IReplicaQuery;

/// <param name="Delta">Signed: the change of the stock on hand.</param>
/// <param name="Reason">For ADJUSTMENT.</param>
/// <param name="OrderId">For SALE and RETURN.</param>
internal sealed record StockMovement(
    long MovementId, MovementType Type, long Delta, long OnHandAfter, string? Reason, Guid? OrderId,
    DateTimeOffset OccurredAt);

internal static class ListStockMovementsEndpoint
{
    public static void MapListStockMovements(this IEndpointRouteBuilder products) => products
        .MapGet("/{productId:long}/stock-movements", async (
            long productId, [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListStockMovements(productId, page), ct)))
        .WithName(nameof(ListStockMovements))
        .WithSummary("How a product's stock came about, newest first")
        .Fails(CatalogErrors.ProductNotFound);
}

internal sealed class ListStockMovementsHandler(Db db, Cursors cursors)
    : IRequestHandler<ListStockMovements, Page<StockMovement>>
{
    // One statement says both whether the product exists and what the page holds: an unknown one has no row, one
    // without movements a row of nulls.
    private const string SelectMovements = """
        select m.movement_id, m.type, m.delta, m.on_hand_after, m.reason, m.order_id, m.occurred_at
        from catalog.stock s
        left join lateral (
            select movement_id, type, delta, on_hand_after, reason, order_id, occurred_at
            from catalog.stock_movements
            where product_id = s.product_id and movement_id < @after
            order by movement_id desc limit @limit) m on true
        where s.product_id = @ProductId
        order by m.movement_id desc
        """;

    private sealed record After(long MovementId);

    private sealed record Row(
        long? MovementId, MovementType? Type, long? Delta, long? OnHandAfter, string? Reason, Guid? OrderId,
        DateTimeOffset? OccurredAt);

    public async Task<Page<StockMovement>> Handle(ListStockMovements request, CancellationToken cancellationToken)
    {
        var list = $"stock-movements/{request.ProductId}";
        var after = cursors.Read<After>(list, request.Page)?.MovementId ?? long.MaxValue;
        var rows = await db.QueryAsync<Row>(
            SelectMovements, new { request.ProductId, after, limit = request.Page.Size + 1 }, cancellationToken);
        if (rows.Count == 0)
            throw new ErrorException(ProductView.NotFound(request.ProductId));
        var movements = rows.Where(row => row.MovementId is not null)
            .Select(row => new StockMovement(
                row.MovementId!.Value, row.Type!.Value, row.Delta!.Value, row.OnHandAfter!.Value, row.Reason,
                row.OrderId, row.OccurredAt!.Value))
            .ToList();
        return cursors.Page(list, request.Page, movements, last => new After(last.MovementId));
    }
}
