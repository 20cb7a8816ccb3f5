namespace Shop.Ordering.DataPlatform;

/// <summary>The outside that is told of every closed order. Called outside any transaction.</summary>
internal interface IDataPlatform
{
    /// <summary>How many deliveries go out in one call.</summary>
    int BatchSize { get; }

    /// <summary>How many more calls may start now.</summary>
    /// <param name="underWay">Calls that this worker has started and that have not come back.</param>
    int CallsFree(int underWay);

    /// <summary>Hands deliveries over. A delivery counts as arrived once it is durable there. Does not throw.</summary>
    /// <param name="deliveries">At most one of each order, at most <see cref="BatchSize"/>.</param>
    /// <returns>The result of each.</returns>
    Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct);
}

/// <param name="Envelope">One line of JSON: <c>{type, eventId, occurredAt, sequence, order}</c>.</param>
/// <param name="Attempts">Those before this one that counted.</param>
/// <param name="Failures">Those before this one that failed, counted or not.</param>
/// <param name="Lease">Drawn by the claim; a worker without it can't change the delivery.</param>
/// <param name="ClaimedAt">By the database's clock.</param>
internal sealed record Delivery(
    long DeliveryId,
    Guid EventId,
    Guid OrderId,
    string Envelope,
    int Attempts,
    int Failures,
    Guid Lease,
    DateTimeOffset ClaimedAt);
