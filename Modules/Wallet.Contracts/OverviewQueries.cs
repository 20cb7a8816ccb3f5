using Shop.Messages;

namespace Shop.Wallet.Contracts;

/// <summary>
/// The money of each window's payments of orders, and of its refunds, whole and partial. It reads the ledger's pages of
/// those windows.
/// </summary>
public sealed record SumSales(IReadOnlyList<TimeWindow> Windows) : IQuery<IReadOnlyList<SalesOfWindow>>;

/// <param name="Paid">KRW, whether it was refunded later or not.</param>
/// <param name="Refunded">KRW, by the time of the refund.</param>
public sealed record SalesOfWindow(long Paid, long Refunded);

/// <summary>The number of top-ups that have failed since.</summary>
public sealed record CountFailedTopUps(DateTimeOffset Since) : IQuery<long>;
