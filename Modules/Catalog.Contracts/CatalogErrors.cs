using Shop.Messages;

namespace Shop.Catalog.Contracts;

public static class CatalogErrors
{
    /// <summary>The value is the product's id.</summary>
    public static readonly DocumentedError<long> ProductNotFound =
        new("catalog.product_not_found", 404, productId => $"There is no product {productId}.", "productId");

    /// <summary>The value is the SKU.</summary>
    public static readonly DocumentedError<string> SkuTaken =
        new("catalog.sku_taken", 409, sku => $"Another product has the SKU {sku}.", "sku");

    /// <summary>The value is the category's id.</summary>
    public static readonly DocumentedError<long> CategoryNotFound = new(
        "catalog.category_not_found", 404, categoryId => $"There is no category {categoryId}.", "categoryId");

    public static readonly DocumentedError CategoryDepth = new(
        "catalog.category_depth", 409, "Categories have three levels, and none stands under itself.");

    public static readonly DocumentedError<int> TooManyCategories = new(
        "catalog.too_many_categories", 409, maximum => $"There are at most {maximum} categories.", "maximum");

    /// <summary>The value has every such product.</summary>
    public static readonly DocumentedError<IReadOnlyList<long>> NotForSale = new(
        "catalog.not_for_sale", 409, productIds => $"Not for sale: {string.Join(", ", productIds)}.", "productIds");

    /// <summary>The value has every product that is short.</summary>
    public static readonly DocumentedError<IReadOnlyList<Shortage>> OutOfStock =
        new("catalog.out_of_stock", 409, _ => "There is not enough of what you want to order.", "shortages");

    /// <summary>The value has every product of which the user may not have as many.</summary>
    public static readonly DocumentedError<IReadOnlyList<PurchaseLimit>> PurchaseLimitExceeded = new(
        "catalog.purchase_limit_exceeded", 409, _ => "That is more than one person can buy.", "limits");

    public static readonly DocumentedError<(long OnHand, long Reserved)> StockWouldGoNegative = new(
        "catalog.stock_would_go_negative",
        409,
        stock => $"Of {stock.OnHand} on hand {stock.Reserved} are reserved for orders: "
            + $"at most {stock.OnHand - stock.Reserved} can be taken.",
        stock => [("onHand", stock.OnHand), ("reserved", stock.Reserved)]);

    public static readonly DocumentedError<(long Maximum, long OnHand)> StockLimitExceeded = new(
        "catalog.stock_limit_exceeded",
        409,
        stock => $"A product has at most {stock.Maximum} on hand.",
        stock => [("maximum", stock.Maximum), ("onHand", stock.OnHand)]);

    /// <summary>The value is the import's id.</summary>
    public static readonly DocumentedError<Guid> ImportNotFound =
        new("catalog.import_not_found", 404, importId => $"There is no import {importId}.");

    public static readonly DocumentedError SearchTooBroad =
        new("catalog.search_too_broad", 422, "The search takes too long. Give more of the name.");
}
