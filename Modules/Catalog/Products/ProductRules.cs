namespace Shop.Catalog.Products;

/// <summary>Validation rules of a product's members.</summary>
internal static class ProductRules
{
    public const int DescriptionLength = 10_000;

    public const int SkuLength = 64;

    public const int Categories = 20;

    public const int Images = 10;

    public const long MaximumThreshold = 1_000_000_000;

    public static IRuleBuilderOptions<T, string?> ProductName<T>(this IRuleBuilder<T, string?> name) =>
        name.IsName(TextLength.Name);

    public static IRuleBuilderOptions<T, string?> ProductDescription<T>(this IRuleBuilder<T, string?> description) =>
        description.MaximumCharacters(DescriptionLength);

    public static IRuleBuilderOptions<T, string?> ProductSku<T>(this IRuleBuilder<T, string?> sku) =>
        sku.Must(text => text is null
                || (text.Length is >= 1 and <= SkuLength && text.All(letter => letter is >= '!' and <= '~')))
            .WithMessage($"Must be 1 to {SkuLength} visible ASCII characters.");

    public static IRuleBuilderOptions<T, long[]?> ProductCategories<T>(this IRuleBuilder<T, long[]?> categoryIds) =>
        categoryIds.Must(ids => ids is null || ids.Length <= Categories)
            .WithMessage($"Must have at most {Categories} entries.");

    public static IRuleBuilderOptions<T, ProductImage[]?> ProductImages<T>(
        this IRuleBuilder<T, ProductImage[]?> images) =>
        images.Must(list => list is null || list.Length <= Images).WithMessage($"Must have at most {Images} entries.");

    public static IRuleBuilderOptions<T, long?> StockThreshold<T>(this IRuleBuilder<T, long?> threshold) =>
        threshold.InclusiveBetween(0, MaximumThreshold);

    public static IRuleBuilderOptions<T, int?> PurchaseLimit<T>(this IRuleBuilder<T, int?> limit) =>
        limit.InclusiveBetween(1, 1_000);

    public static IRuleBuilderOptions<T, long> ProductPrice<T>(this IRuleBuilder<T, long> price) =>
        price.InclusiveBetween(0, 1_000_000_000);
}
