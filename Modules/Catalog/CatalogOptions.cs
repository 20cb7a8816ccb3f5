using Shop.Catalog.Products;

namespace Shop.Catalog;

/// <summary>The section <c>Catalog</c>.</summary>
internal sealed class CatalogOptions
{
    /// <summary>The threshold of products that are made without one, in pieces.</summary>
    public long LowStockThreshold { get; set; } = 5;
}

internal sealed class CatalogOptionsValidator : AbstractValidator<CatalogOptions>
{
    public CatalogOptionsValidator() =>
        RuleFor(options => options.LowStockThreshold).InclusiveBetween(0, ProductRules.MaximumThreshold);
}
