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
    public static ProductPosition Of(ProductView product, ProductSort sort) => new(
        product.ProductId,
        sort is ProductSort.PriceAsc or ProductSort.PriceDesc ? product.Price : null,
        sort is ProductSort.Name ? product.Name : null);
}

/// <summary>SQL of a list of products <c>p</c> in one order, from its beginning or from after a position.</summary>
/// <param name="IsFirst">Whether it starts at the beginning, without the parameters of a position.</param>
internal sealed record ProductOrder(ListedStatus Status, ProductSort Sort, bool IsFirst)
{
    /// <summary>The columns of an answer. Stock is looked up row by row, for the rows of the page alone.</summary>
    public const string ViewColumns = """
        p.product_id, p.name, p.description, p.price,
            s.stock, p.status, p.sell_from, p.sell_until, s.max_per_order, s.max_per_user
        """;

    /// <summary>To be joined for them.</summary>
    public const string Stock = """
        cross join lateral (
            select on_hand - reserved as stock, max_per_order, max_per_user
            from catalog.stock where product_id = p.product_id offset 0) s
        """;

    // The window of what is listed, where the list is not that of administrators.
    private string? InWindow => Status switch
    {
        ListedStatus.Selling => """
            coalesce(p.sell_from <= (select shop.now()), true) and coalesce(p.sell_until > (select shop.now()), true)
            """,
        ListedStatus.Upcoming => "p.sell_from > (select shop.now())",
        _ => null,
    };

    /// <summary>For ORDER BY.</summary>
    public string By => Sort switch
    {
        ProductSort.Newest => "p.product_id desc",
        ProductSort.PriceAsc => "p.price, p.product_id",
        ProductSort.PriceDesc => "p.price desc, p.product_id desc",
        _ => "p.name collate \"C\", p.product_id",
    };

    /// <summary>The condition of the position, in the form that an index on the sort key takes.</summary>
    public string IsAfter => IsFirst ? "true" : Sort switch
    {
        ProductSort.Newest => "p.product_id < @ProductId",
        ProductSort.PriceAsc => "(p.price, p.product_id) > (@Price, @ProductId)",
        ProductSort.PriceDesc => "(p.price, p.product_id) < (@Price, @ProductId)",
        _ => "(p.name collate \"C\", p.product_id) > (@Name, @ProductId)",
    };

    /// <summary>The columns of the order, which its index has.</summary>
    public string Keys => Sort switch
    {
        ProductSort.Newest => "p.product_id",
        ProductSort.Name => "p.name, p.product_id",
        _ => "p.price, p.product_id",
    };

    public string HasStatus =>
        $"p.status in ({string.Join(", ", Statuses.Select(status => $"'{status}'"))}) and {InWindow ?? "true"}";

    /// <summary>
    /// The first rows of the list, read in the order of the sort's index. Each status is a range of its own there, and
    /// several are merged.
    /// </summary>
    /// <param name="columns">With <see cref="Keys"/> among them.</param>
    public string Walk(string columns, string limit)
    {
        var ranges = Statuses.Select(status => $"""
            (select {columns} from catalog.products p
            where p.status = '{status}' and {InWindow ?? "true"} and {IsAfter} order by {By} limit {limit})
            """).ToList();
        return ranges.Count == 1
            ? ranges[0]
            : $"(select * from ({string.Join(" union all ", ranges)}) p order by {By} limit {limit})";
    }

    private IReadOnlyList<string> Statuses => Status switch
    {
        ListedStatus.Selling or ListedStatus.Upcoming => [EnumNames.Of(ProductStatus.Selling)],
        ListedStatus.Stopped => [EnumNames.Of(ProductStatus.Stopped)],
        _ => [.. EnumNames.All<ProductStatus>()],
    };
}
