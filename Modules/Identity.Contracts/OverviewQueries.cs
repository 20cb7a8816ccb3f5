using Shop.Messages;

namespace Shop.Identity.Contracts;

/// <summary>The number of accounts that were made in each window and are a customer's, erased ones too.</summary>
public sealed record CountNewCustomers(IReadOnlyList<TimeWindow> Windows) : IQuery<IReadOnlyList<long>>;
