using Shop.Catalog.Contracts;

namespace Shop.Catalog.Products;

internal sealed class FindProductsHandler(Db db) : IRequestHandler<FindProducts, IReadOnlyList<ProductOnShelf>>
{
    private const string SelectProducts = """
        select p.product_id, p.name, p.price,
            p.status = 'SELLING' and coalesce(p.sell_from <= (select shop.now()), true)
                and coalesce(p.sell_until > (select shop.now()), true) as is_for_sale,
            s.on_hand - s.reserved as available,
            least(
                s.max_per_order,
                case when @UserId::bigint is not null and s.max_per_user is not null then
                    greatest(0, s.max_per_user - coalesce((
                        select quantity from catalog.purchase_counts c
                        where c.user_id = @UserId and c.product_id = s.product_id and c.period = s.limit_period), 0))
                end)::bigint as allowed
        from catalog.products p
        join catalog.stock s using (product_id)
        where p.product_id = any(@products)
        order by p.product_id
        """;

    public Task<IReadOnlyList<ProductOnShelf>> Handle(FindProducts request, CancellationToken cancellationToken) =>
        db.QueryAsync<ProductOnShelf>(
            SelectProducts,
            new { products = request.ProductIds.Distinct().ToArray(), request.UserId },
            cancellationToken);
}
