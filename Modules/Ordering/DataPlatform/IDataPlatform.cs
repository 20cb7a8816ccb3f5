namespace Shop.Ordering.DataPlatform;

/// <summary>The outside that is told of every closed order. Called outside any transaction.</summary>
internal interface IDataPlatform
{
    /// <summary>
    /// Hands deliveries over. Each that is not in the result has arrived for good: only then is it forgotten here.
    /// </summary>
    /// <param name="deliveries">At most one of each order.</param>
    /// <returns>The deliveries that failed, and why.</returns>
    Task<IReadOnlyDictionary<long, string>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct);
}

/// <param name="Envelope">One line of JSON: <c>{type, eventId, occurredAt, sequence, order}</c>.</param>
internal sealed record Delivery(long DeliveryId, Guid EventId, Guid OrderId, string Type, string Envelope, DateTimeOffset OccurredAt, int Attempts);
