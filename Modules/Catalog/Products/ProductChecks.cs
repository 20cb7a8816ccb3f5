using Shop.BuildingBlocks.Audit;

namespace Shop.Catalog.Products;

/// <summary>The audit's checks of what triggers keep beside the products for lists and suggestions.</summary>
internal static class ProductChecks
{
    public static IReadOnlyList<AuditCheck> All { get; } =
    [
        new(
            "catalog.categories-list-products",
            "Each category lists the products that name it, as they are, and no other.",
            """
            select format('product %s in category %s: %s, listed %s', product_id, category_id,
                coalesce(format('%s at %s', p.status, p.price), 'not'),
                coalesce(format('%s at %s', l.status, l.price), 'not'))
            from (
                select distinct product_id, category_id, status, price, name_folded
                from catalog.products, unnest(category_ids) as category_id) p
            full join catalog.product_categories l using (product_id, category_id)
            where (p.status, p.price, p.name_folded) is distinct from (l.status, l.price, l.name_folded)
            """),

        new(
            "catalog.words-are-of-names",
            "Suggestions know the words of the names of products for sale, and no other.",
            """
            select format('product %s, word %s: %s, listed %s', product_id, position, coalesce(p.rest, 'none'),
                coalesce(l.rest, 'none'))
            from (
                select product_id, place as position, rest collate "C" as rest
                from catalog.products, catalog.rests_of_name(name_folded) where status = 'SELLING') p
            full join catalog.name_words l using (product_id, position)
            where (p.rest) is distinct from (l.rest)
            """),
    ];
}
