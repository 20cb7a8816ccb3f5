using Shop.Catalog.Contracts;

namespace Shop.Catalog.Products;

internal sealed class FindProductsHandler(Db db) : IRequestHandler<FindProducts, IReadOnlyList<ProductOnShelf>>
{
    private const string SelectProducts = """
        select p.product_id, p.name, p.price, p.status = 'SELLING' as is_for_sale, s.on_hand - s.reserved as available
        from catalog.products p
        join catalog.stock s using (product_id)
        where p.product_id = any(@products)
        order by p.product_id
        """;

    public Task<IReadOnlyList<ProductOnShelf>> Handle(FindProducts request, CancellationToken cancellationToken) =>
        db.QueryAsync<ProductOnShelf>(
            SelectProducts, new { products = request.ProductIds.Distinct().ToArray() }, cancellationToken);
}
