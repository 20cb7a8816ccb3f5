using System.Globalization;
using Shop.Catalog.Products;

namespace Shop.Catalog.Imports;

/// <summary>One row of an import: the values that it gives a product, and the errors in them.</summary>
internal sealed class ProductRow(int number)
{
    private readonly List<RowError> errors = [];
    private readonly HashSet<string> given = [];
    private string? name;
    private string? description;
    private long? price;
    private long? stock;
    private ProductStatus? status;
    private long[] categoryIds = [];
    private string[] imageUrls = [];

    public int Number { get; } = number;

    public long? ProductId { get; private set; }

    public string? Sku { get; private set; }

    public IReadOnlyList<RowError> Errors => errors;

    public void Fail(string field, string message) => errors.Add(new RowError(Number, field, message));

    /// <param name="column">One of <see cref="ProductCsv.Columns"/>.</param>
    public void Set(string column, string cell)
    {
        given.Add(column);
        string text;
        try
        {
            text = CanonicalText.Of(CsvText.Plain(cell));
        }
        catch (FormatException invalid)
        {
            Fail(column, invalid.Message);
            return;
        }

        if (text.Contains('\uFFFE'))
            Fail(column, "The text contains U+FFFE.");
        else if (text.Length > 0)
            SetText(column, text);
    }

    /// <summary>A product that is not there yet.</summary>
    /// <returns>Null where the row lacks what a product can't be without.</returns>
    public CreateProduct? ToCreate()
    {
        foreach (var (column, value) in (IEnumerable<(string, object?)>)[
            (ProductCsv.Name, name), (ProductCsv.Price, price), (ProductCsv.Stock, stock)])
        {
            if (value is null)
                Fail(column, "Is required for a new product.");
        }

        return errors.Count > 0
            ? null
            : new CreateProduct(
                name!, description, price!.Value, stock!.Value, status ?? ProductStatus.Selling, categoryIds,
                [.. imageUrls.Select(url => new ProductImage(url))], null, null, null, null, null, Sku);
    }

    /// <summary>The change of a product by the row.</summary>
    /// <returns>Null where the product has all of it.</returns>
    public ChangeProduct? ToChange(ProductView product)
    {
        var changesDescription = given.Contains(ProductCsv.Description) && description != product.Description;
        var changesSku = given.Contains(ProductCsv.Sku) && Sku != product.Sku;
        var change = new ChangeProduct(
            product.ProductId,
            name == product.Name ? null : name,
            changesDescription,
            changesDescription ? description : null,
            price == product.Price ? null : price,
            status == product.Status ? null : status)
        {
            CategoryIds = !given.Contains(ProductCsv.CategoryIds)
                || categoryIds.Distinct().SequenceEqual(product.CategoryIds) ? null : categoryIds,
            Images = ChangedImages(product.Images),
            ChangesSku = changesSku,
            Sku = changesSku ? Sku : null,
        };
        return ChangeProductValidator.HasChange(change) ? change : null;
    }

    // An image keeps its text, which no column has.
    private ProductImage[]? ChangedImages(ProductImage[] images)
    {
        if (!given.Contains(ProductCsv.ImageUrls) || imageUrls.SequenceEqual(images.Select(ProductCsv.UrlOf)))
            return null;
        var known = images.ToLookup(ProductCsv.UrlOf);
        return [.. imageUrls.Select(url => known[url].FirstOrDefault() ?? new ProductImage(url))];
    }

    private void SetText(string column, string text)
    {
        switch (column)
        {
            case ProductCsv.ProductId: ProductId = Whole(column, text); break;
            case ProductCsv.Sku: Sku = text; break;
            case ProductCsv.Name: name = text; break;
            case ProductCsv.Description: description = text; break;
            case ProductCsv.Price: price = Whole(column, text); break;
            case ProductCsv.Stock: stock = Whole(column, text); break;
            case ProductCsv.Status: status = StatusOf(text); break;
            case ProductCsv.CategoryIds: categoryIds = [.. Entries(text).Select(id => Whole(column, id) ?? 0)]; break;
            case ProductCsv.ImageUrls: imageUrls = Entries(text); break;
            default: throw new ArgumentOutOfRangeException(nameof(column), column, "No column of products.");
        }
    }

    private long? Whole(string column, string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        Fail(column, "Must be a whole number.");
        return null;
    }

    private ProductStatus? StatusOf(string text)
    {
        foreach (var known in Enum.GetValues<ProductStatus>())
        {
            if (EnumNames.Of(known) == text)
                return known;
        }

        Fail(ProductCsv.Status, $"Must be one of {string.Join(", ", EnumNames.All<ProductStatus>())}.");
        return null;
    }

    private static string[] Entries(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
