using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Messages;

namespace Shop.Catalog.Products;

internal sealed record GetProduct(long ProductId) : IQuery<ProductView>;

internal static class GetProductEndpoint
{
    public static void MapGetProduct(this IEndpointRouteBuilder products) => products
        .MapGet("/{productId:long}", async (long productId, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new GetProduct(productId), ct)))
        .WithName(nameof(GetProduct))
        .WithSummary("A product and what can still be ordered of it")
        .Refuses("catalog.product_not_found");
}

internal sealed class GetProductHandler(Db db) : IRequestHandler<GetProduct, ProductView>
{
    private const string SelectProduct = """
        select p.product_id, p.name, p.description, p.price, s.on_hand - s.reserved as stock, p.status
        from catalog.products p
        join catalog.stock s using (product_id)
        where p.product_id = @ProductId
        """;

    public async Task<ProductView> Handle(GetProduct request, CancellationToken cancellationToken) =>
        await db.QuerySingleOrDefaultAsync<ProductView>(SelectProduct, new { request.ProductId }, cancellationToken)
        ?? throw ProductView.NotFound(request.ProductId);
}
