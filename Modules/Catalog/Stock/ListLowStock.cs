using Shop.Catalog.Contracts;

namespace Shop.Catalog.Stock;

internal sealed class ListLowStockHandler(Db db) : IRequestHandler<ListLowStock, IReadOnlyList<LowStock>>
{
    private const string SelectLowest = """
        select l.product_id, p.name, l.stock
        from catalog.low_stock l
        cross join lateral (
            select name from catalog.products
            where product_id = l.product_id and coalesce(sell_from <= (select shop.now()), true)
                and coalesce(sell_until > (select shop.now()), true)
            offset 0) p
        where l.status = 'SELLING'
        order by l.stock, l.product_id limit 20
        """;

    public Task<IReadOnlyList<LowStock>> Handle(ListLowStock request, CancellationToken cancellationToken) =>
        db.QueryAsync<LowStock>(SelectLowest, null, cancellationToken);
}
