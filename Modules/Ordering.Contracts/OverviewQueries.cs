using Shop.Messages;

namespace Shop.Ordering.Contracts;

/// <summary>
/// The number of orders that were placed in each window, whatever became of them. It reads the index of those windows.
/// </summary>
public sealed record CountOrders(IReadOnlyList<TimeWindow> Windows) : IQuery<IReadOnlyList<long>>;
