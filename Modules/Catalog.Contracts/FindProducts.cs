using Shop.Messages;

namespace Shop.Catalog.Contracts;

/// <summary>
/// Products as they are now, in one statement whatever their number; ids that are nobody's are left out.
/// </summary>
public sealed record FindProducts(IReadOnlyCollection<long> ProductIds) : IQuery<IReadOnlyList<ProductOnShelf>>;

/// <param name="Price">Whole KRW for one.</param>
/// <param name="IsForSale">False for a product that is STOPPED.</param>
/// <param name="Available">Stock on hand that is not reserved.</param>
public sealed record ProductOnShelf(long ProductId, string Name, long Price, bool IsForSale, long Available);
