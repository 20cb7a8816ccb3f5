namespace Shop.BuildingBlocks.Deliveries;

/// <summary>The deliveries to a receiver. No connection is held between a claim and its mark.</summary>
public interface IDeliveries
{
    /// <summary>Leases due deliveries, for as long as one call may last; of each stream its head alone.</summary>
    Task<IReadOnlyList<Delivery>> ClaimAsync(int limit, CancellationToken ct);

    /// <summary>
    /// Marks the results of deliveries. Not to be cancelled: a delivery that arrived unmarked is sent again.
    /// </summary>
    Task MarkAsync(IReadOnlyList<Attempt> attempts);
}
