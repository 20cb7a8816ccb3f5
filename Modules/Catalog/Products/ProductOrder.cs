using Shop.Catalog.Products.Search;

namespace Shop.Catalog.Products;

internal enum ListedStatus
{
    Selling,
    Upcoming,
    Stopped,
    All,
}

internal enum ProductSort
{
    Newest,
    PriceAsc,
    PriceDesc,
    Name,
}

/// <summary>A cursor's content: the sort key of a page's last product.</summary>
internal sealed record ProductPosition(long ProductId, long? Price, string? Name)
{
    /// <summary>As the list is sorted by it.</summary>
    public string? FoldedName() => Name is null ? null : FoldedText.Of(Name);

    public static ProductPosition Of(ProductView product, ProductSort sort) => new(
        product.ProductId,
        sort is ProductSort.PriceAsc or ProductSort.PriceDesc ? product.Price : null,
        sort is ProductSort.Name ? product.Name : null);
}

/// <summary>SQL of a list of products <c>p</c> in one order, from its beginning or from after a position.</summary>
/// <param name="IsFirst">Whether it starts at the beginning, without the parameters of a position.</param>
/// <param name="IsInCategories">Whether it has the products of <c>@categories</c> alone.</param>
internal sealed record ProductOrder(ListedStatus Status, ProductSort Sort, bool IsFirst, bool IsInCategories = false)
{
    /// <summary>
    /// The stock of a product, for <see cref="ProductView.Columns"/>: looked up row by row, for the rows of the page
    /// alone.
    /// </summary>
    public const string Stock = """
        cross join lateral (
            select on_hand, reserved, max_per_order, max_per_user, low_stock_threshold
            from catalog.stock where product_id = p.product_id offset 0) s
        """;

    // The window of what is listed, where the list is not that of administrators.
    private string? InWindow => Status switch
    {
        ListedStatus.Selling => """
            coalesce(sell_from <= (select shop.now()), true) and coalesce(sell_until > (select shop.now()), true)
            """,
        ListedStatus.Upcoming => "sell_from > (select shop.now())",
        _ => null,
    };

    /// <summary>For ORDER BY.</summary>
    public string By => Sort switch
    {
        ProductSort.Newest => "p.product_id desc",
        ProductSort.PriceAsc => "p.price, p.product_id",
        ProductSort.PriceDesc => "p.price desc, p.product_id desc",
        _ => "p.name_folded, p.product_id",
    };

    /// <summary>The condition of the position, in the form that an index on the sort key takes.</summary>
    public string IsAfter => IsFirst ? "true" : Sort switch
    {
        ProductSort.Newest => "p.product_id < @ProductId",
        ProductSort.PriceAsc => "(p.price, p.product_id) > (@Price, @ProductId)",
        ProductSort.PriceDesc => "(p.price, p.product_id) < (@Price, @ProductId)",
        _ => "(p.name_folded, p.product_id) > (@name, @ProductId)",
    };

    /// <summary>The columns of the order, which its index has.</summary>
    public string Keys => Sort switch
    {
        ProductSort.Newest => "p.product_id",
        ProductSort.Name => "p.name_folded, p.product_id",
        _ => "p.price, p.product_id",
    };

    /// <summary>Whether a product is listed, wherever in the list.</summary>
    public string IsListed =>
        $"p.status in ({string.Join(", ", Statuses.Select(status => $"'{status}'"))}) and {InWindow ?? "true"}"
        + (IsInCategories ? " and p.category_ids && @categories" : "");

    /// <summary>
    /// The first rows of the list, read in the order of the sort's index. Each status is a range of its own there, and
    /// several are merged.
    /// </summary>
    /// <param name="columns">With <see cref="Keys"/> among them.</param>
    public string Walk(string columns, string limit)
    {
        var ranges = Statuses
            .Select(status => IsInCategories
                ? RangeOfCategories(status, columns, limit)
                : Range(status, columns, limit))
            .ToList();
        return ranges.Count == 1
            ? ranges[0]
            : $"(select * from ({string.Join(" union all ", ranges)}) p order by {By} limit {limit})";
    }

    private string Range(string status, string columns, string limit) => $"""
        (select {columns} from catalog.products p
        where p.status = '{status}' and {InWindow ?? "true"} and {IsAfter} order by {By} limit {limit})
        """;

    // The first rows of each category have among them the first rows of all. A product may be in several.
    private string RangeOfCategories(string status, string columns, string limit) => $"""
        (select {columns}
        from (
            select distinct p.product_id, p.price, p.name_folded
            from unnest(@categories) as category (id)
            cross join lateral (
                select p.product_id, p.price, p.name_folded from catalog.product_categories p
                where p.category_id = category.id and p.status = '{status}' and {IsAfter}{AndInWindow}
                order by {By} limit {limit}) p
            order by {By} limit {limit}) first
        cross join lateral (select * from catalog.products where product_id = first.product_id offset 0) p
        order by {By} limit {limit})
        """;

    private string AndInWindow => InWindow is null
        ? ""
        : $" and (select {InWindow} from catalog.products where product_id = p.product_id)";

    private IReadOnlyList<string> Statuses => Status switch
    {
        ListedStatus.Selling or ListedStatus.Upcoming => [EnumNames.Of(ProductStatus.Selling)],
        ListedStatus.Stopped => [EnumNames.Of(ProductStatus.Stopped)],
        _ => [.. EnumNames.All<ProductStatus>()],
    };
}
