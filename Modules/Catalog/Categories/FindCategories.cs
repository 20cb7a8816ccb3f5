using Shop.Catalog.Contracts;

namespace Shop.Catalog.Categories;

internal sealed class FindCategoriesHandler(Db db)
    : IRequestHandler<FindCategories, IReadOnlyList<CategorizedProduct>>
{
    private const int OfStatement = 20_000;

    private const string SelectCategories = """
        select product_id, category_ids
        from catalog.products
        where product_id = any(@products) and category_ids <> '{}' and status = 'SELLING'
            and coalesce(sell_from <= (select shop.now()), true) and coalesce(sell_until > (select shop.now()), true)
        """;

    private sealed record Row(long ProductId, long[] CategoryIds);

    public async Task<IReadOnlyList<CategorizedProduct>> Handle(
        FindCategories request, CancellationToken cancellationToken)
    {
        var found = new List<CategorizedProduct>();
        foreach (var products in request.ProductIds.Distinct().Chunk(OfStatement))
        {
            var rows = await db.QueryAsync<Row>(SelectCategories, new { products }, cancellationToken);
            // Categories are not deleted, so a tree that is read behind the products knows all of theirs.
            var tree = new CategoryTree(await db.QueryAsync<Category>(CategoryStore.Select, null, cancellationToken));
            found.AddRange(rows.Select(row => new CategorizedProduct(
                row.ProductId, row.CategoryIds.SelectMany(tree.Above).ToHashSet())));
        }

        return found;
    }
}
