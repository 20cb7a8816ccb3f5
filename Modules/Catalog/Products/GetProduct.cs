using Shop.BuildingBlocks.Commands.Batching;
using Shop.Catalog.Contracts;

namespace Shop.Catalog.Products;

internal sealed record GetProduct(long ProductId) : IBoundedQuery<ProductView>, IReplicaQuery;

internal static class GetProductEndpoint
{
    public static void MapGetProduct(this IEndpointRouteBuilder products) => products
        .MapGet("/{productId:long}", async (long productId, IMediator mediator, CancellationToken ct) =>
            TaggedResults.Ok(await mediator.Send(new GetProduct(productId), ct)))
        .WithName(nameof(GetProduct))
        .WithSummary("A product and what can still be ordered of it")
        .Fails(CatalogErrors.ProductNotFound);
}

internal sealed class GetProductHandler(Db db) : IQueryBatchHandler<GetProduct, ProductView>
{
    private const string SelectProducts = $"""
        select {ProductView.Columns}
        from catalog.products p
        join catalog.stock s using (product_id)
        where p.product_id = any(@products)
        """;

    public async Task<IReadOnlyList<Result<ProductView>>> ReadAsync(
        IReadOnlyList<GetProduct> queries, CancellationToken ct)
    {
        var rows = await db.QueryAsync<ProductView>(
            SelectProducts, new { products = queries.Select(query => query.ProductId).Distinct().ToArray() }, ct);
        var products = rows.ToDictionary(product => product.ProductId);
        return
        [
            .. queries.Select(query => products.TryGetValue(query.ProductId, out var product)
                ? product
                : (Result<ProductView>)ProductView.NotFound(query.ProductId)),
        ];
    }
}
