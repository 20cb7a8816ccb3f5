using Shop.Catalog.Contracts;
namespace Shop.Catalog.Products;

/// <summary>A product as every answer of the catalog shows it.</summary>
/// <param name="Price">Whole KRW for one.</param>
/// <param name="Stock">Stock on hand that is not reserved.</param>
/// <param name="SellFrom">Before it the product is not for sale.</param>
/// <param name="SellUntil">From it on the product is not for sale.</param>
/// <param name="MaxPerUser">Pieces reserved or bought since the limit was set, less those refunded.</param>
internal sealed record ProductView(
    long ProductId, string Name, string? Description, long Price, long Stock, ProductStatus Status,
    DateTimeOffset? SellFrom, DateTimeOffset? SellUntil, int? MaxPerOrder, int? MaxPerUser)
{
    /// <summary>Where the path names the product, no member does.</summary>
    public static Error NotFound(long productId) =>
        CatalogErrors.ProductNotFound.Of(productId) with { Members = new Dictionary<string, object?>() };
}

internal enum ProductStatus
{
    Selling,
    Stopped,
}
