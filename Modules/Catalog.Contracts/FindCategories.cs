using Shop.Messages;

namespace Shop.Catalog.Contracts;

/// <summary>The categories of those products that are for sale, in statements of a bounded size.</summary>
public sealed record FindCategories(IReadOnlyCollection<long> ProductIds) : IQuery<IReadOnlyList<CategorizedProduct>>;

/// <param name="CategoryIds">The product's categories and those above them; never empty.</param>
public sealed record CategorizedProduct(long ProductId, IReadOnlyCollection<long> CategoryIds);
