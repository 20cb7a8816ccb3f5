namespace Shop.Ordering.DataPlatform;

/// <summary>The outside that is told of every closed order. Called outside any transaction.</summary>
internal interface IDataPlatform
{
    /// <summary>How many deliveries go out in one call.</summary>
    int BatchSize { get; }

    /// <summary>How many more calls may start now.</summary>
    /// <param name="underWay">Calls that this worker has started and that have not come back.</param>
    int CallsFree(int underWay);

    /// <summary>Hands deliveries over. What has arrived has arrived for good: only then is it forgotten here. Does not throw.</summary>
    /// <param name="deliveries">At most one of each order, at most <see cref="BatchSize"/>.</param>
    /// <returns>What became of each.</returns>
    Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct);
}

/// <param name="Envelope">One line of JSON: <c>{type, eventId, occurredAt, sequence, order}</c>.</param>
/// <param name="Attempts">Those before this one that counted.</param>
/// <param name="Lease">Drawn by the claim: who no longer holds it has no say about the delivery.</param>
internal sealed record Delivery(long DeliveryId, Guid EventId, Guid OrderId, string Envelope, int Attempts, Guid Lease);

/// <summary>What became of a delivery.</summary>
/// <param name="Error">Null where it has arrived, or was not tried.</param>
/// <param name="Counts">Whether the failure brings the delivery nearer to its death.</param>
/// <param name="RetryAfter">The pause that the receiver asked for.</param>
internal sealed record Attempt(Delivery Delivery, bool Arrived, string? Error = null, bool Counts = false, TimeSpan? RetryAfter = null)
{
    public static Attempt Taken(Delivery delivery) => new(delivery, Arrived: true);

    public static Attempt Failed(Delivery delivery, string error, bool counts = true, TimeSpan? retryAfter = null) =>
        new(delivery, Arrived: false, error, counts, retryAfter);

    /// <summary>It never left: as if it had not been claimed.</summary>
    public static Attempt NotTried(Delivery delivery) => new(delivery, Arrived: false);
}
