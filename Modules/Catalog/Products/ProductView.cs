namespace Shop.Catalog.Products;

/// <summary>A product as every answer of the catalog shows it.</summary>
/// <param name="Price">Whole KRW for one.</param>
/// <param name="Stock">What can still be ordered: on hand and not reserved.</param>
internal sealed record ProductView(long ProductId, string Name, string? Description, long Price, long Stock, ProductStatus Status)
{
    public static Error NotFound(long productId) => new Error("catalog.product_not_found", $"There is no product {productId}.", 404);
}

internal enum ProductStatus
{
    Selling,
    Stopped,
}
