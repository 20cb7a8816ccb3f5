using Shop.Messages;

namespace Shop.Ordering.Contracts;

/// <summary>
/// The number of orders that were placed in each window, voided ones too. It reads the index of those windows.
/// </summary>
public sealed record CountOrders(IReadOnlyList<TimeWindow> Windows) : IQuery<IReadOnlyList<long>>;
