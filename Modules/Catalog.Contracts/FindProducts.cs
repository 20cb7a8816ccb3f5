using Shop.Messages;

namespace Shop.Catalog.Contracts;

/// <summary>
/// Products as they are now, in one statement whatever their number; ids that are nobody's are left out.
/// </summary>
/// <param name="UserId">The user whose limits count; null where they do not matter.</param>
public sealed record FindProducts(IReadOnlyCollection<long> ProductIds, long? UserId = null)
    : IQuery<IReadOnlyList<ProductOnShelf>>;

/// <param name="Price">Whole KRW for one.</param>
/// <param name="IsForSale">False for a product that is STOPPED, or outside its window.</param>
/// <param name="Available">Stock on hand that is not reserved.</param>
/// <param name="Allowed">Pieces that the product's limits allow one order of the user; null is any number.</param>
public sealed record ProductOnShelf(
    long ProductId, string Name, long Price, bool IsForSale, long Available, long? Allowed = null);
