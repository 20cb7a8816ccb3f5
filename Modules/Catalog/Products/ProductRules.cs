namespace Shop.Catalog.Products;

/// <summary>Validation rules of a product's members.</summary>
internal static class ProductRules
{
    public const int DescriptionLength = 10_000;

    public static IRuleBuilderOptions<T, string?> ProductName<T>(this IRuleBuilder<T, string?> name) =>
        name.IsName(TextLength.Name);

    public static IRuleBuilderOptions<T, string?> ProductDescription<T>(this IRuleBuilder<T, string?> description) =>
        description.MaximumCharacters(DescriptionLength);

    public static IRuleBuilderOptions<T, int?> PurchaseLimit<T>(this IRuleBuilder<T, int?> limit) =>
        limit.InclusiveBetween(1, 1_000);

    public static IRuleBuilderOptions<T, long> ProductPrice<T>(this IRuleBuilder<T, long> price) =>
        price.InclusiveBetween(0, 1_000_000_000);
}
