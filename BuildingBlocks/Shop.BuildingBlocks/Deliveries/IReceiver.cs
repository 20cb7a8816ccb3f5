namespace Shop.BuildingBlocks.Deliveries;

/// <summary>A receiver outside the shop. Called outside any transaction.</summary>
public interface IReceiver
{
    /// <summary>How many deliveries go out in one call.</summary>
    int BatchSize { get; }

    /// <summary>How many more calls may start now.</summary>
    /// <param name="underWay">Calls that this worker has started and that have not come back.</param>
    int CallsFree(int underWay);

    /// <summary>Hands deliveries over. A delivery counts as arrived once it is durable there. Does not throw.</summary>
    /// <param name="deliveries">At most one of each stream, at most <see cref="BatchSize"/>.</param>
    /// <returns>The result of each.</returns>
    Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct);
}

/// <param name="Stream">Deliveries of one stream arrive in order.</param>
/// <param name="Envelope">One line of JSON.</param>
/// <param name="Attempts">Those before this one that counted.</param>
/// <param name="Failures">Those before this one that failed, counted or not.</param>
/// <param name="Lease">Drawn by the claim; a worker without it can't change the delivery.</param>
/// <param name="ClaimedAt">By the database's clock.</param>
public sealed record Delivery(
    long DeliveryId,
    Guid EventId,
    string Stream,
    string Envelope,
    int Attempts,
    int Failures,
    Guid Lease,
    DateTimeOffset ClaimedAt);
