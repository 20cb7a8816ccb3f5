using Shop.Messages;

namespace Shop.Catalog.Contracts;

/// <summary>Products for sale at or under their threshold, lowest stock first: 20 at most.</summary>
public sealed record ListLowStock : IQuery<IReadOnlyList<LowStock>>;

/// <param name="Stock">Stock on hand that is not reserved.</param>
public sealed record LowStock(long ProductId, string Name, long Stock);
