using Npgsql;
using Shop.Catalog.Contracts;

namespace Shop.Catalog.Products;

/// <summary>A product as every answer of the catalog shows it.</summary>
/// <param name="Price">Whole KRW for one.</param>
/// <param name="Stock">Stock on hand that is not reserved.</param>
/// <param name="CategoryIds">As they were given, each once.</param>
/// <param name="SellFrom">Before it the product is not for sale.</param>
/// <param name="SellUntil">From it on the product is not for sale.</param>
/// <param name="MaxPerUser">Pieces reserved or bought since the limit was set, less those refunded.</param>
/// <param name="Sku">The seller's own name of it, which no other product has.</param>
/// <param name="LowStockThreshold">At or under it the stock is low; null is never.</param>
internal sealed record ProductView(
    long ProductId, string Name, string? Description, long Price, long Stock, ProductStatus Status,
    long[] CategoryIds, ProductImage[] Images, DateTimeOffset? SellFrom, DateTimeOffset? SellUntil, int? MaxPerOrder,
    int? MaxPerUser, long? LowStockThreshold, string? Sku)
    : ITagged
{
    /// <summary>Of a product <c>p</c> and its stock <c>s</c>.</summary>
    public const string Columns = """
        p.product_id, p.name, p.description, p.price, s.on_hand - s.reserved as stock, p.status, p.category_ids,
            p.images, p.sell_from, p.sell_until, s.max_per_order, s.max_per_user, s.low_stock_threshold,
            p.sku
        """;

    /// <summary>Of one product, for what has locked its stock by a statement before.</summary>
    public const string Select = $"""
        select {Columns}
        from catalog.products p join catalog.stock s on s.product_id = p.product_id
        where p.product_id = @ProductId
        """;

    object ITagged.Tagged => this with { Stock = 0 };

    /// <summary>Whether a write ended because another product has the SKU.</summary>
    public static bool IsSkuTaken(PostgresException error) =>
        error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "products_by_sku" };

    /// <summary>Where the path names the product, no member does.</summary>
    public static Error NotFound(long productId) =>
        CatalogErrors.ProductNotFound.Of(productId) with { Members = new Dictionary<string, object?>() };
}

internal enum ProductStatus
{
    Selling,
    Stopped,
}
