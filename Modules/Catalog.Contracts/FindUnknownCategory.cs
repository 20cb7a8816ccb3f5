using Shop.Messages;

namespace Shop.Catalog.Contracts;

/// <summary>Finds the first of these ids that is no category's; null where each is.</summary>
public sealed record FindUnknownCategory(IReadOnlyCollection<long> CategoryIds) : IQuery<long?>;
