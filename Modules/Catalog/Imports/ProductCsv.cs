using System.Text;
using Shop.Catalog.Products;

namespace Shop.Catalog.Imports;

/// <summary>Products as an export writes and an import reads them.</summary>
internal static class ProductCsv
{
    public const string ProductId = "productId";
    public const string Sku = "sku";
    public const string Name = "name";
    public const string Description = "description";
    public const string Price = "price";
    public const string Stock = "stock";
    public const string Status = "status";
    public const string CategoryIds = "categoryIds";
    public const string ImageUrls = "imageUrls";

    public static readonly IReadOnlyList<string> Columns =
        [ProductId, Sku, Name, Description, Price, Stock, Status, CategoryIds, ImageUrls];

    public static readonly string Header = new StringBuilder().AppendCsv([.. Columns]).ToString();

    public static string Of(IReadOnlyList<ProductView> products)
    {
        var text = new StringBuilder();
        foreach (var product in products)
            text.AppendCsv(
                product.ProductId, product.Sku, product.Name, product.Description, product.Price, product.Stock,
                EnumNames.Of(product.Status), string.Join(' ', product.CategoryIds),
                string.Join(' ', product.Images.Select(image => UrlOf(image))));
        return text.ToString();
    }

    /// <summary>Without blanks, which separate the URLs of a cell.</summary>
    public static string UrlOf(ProductImage image) =>
        string.Concat(image.Url.Select(letter => char.IsWhiteSpace(letter) ? Uri.HexEscape(' ') : $"{letter}"));
}
