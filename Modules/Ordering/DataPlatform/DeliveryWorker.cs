using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Deliveries;

namespace Shop.Ordering.DataPlatform;

/// <summary>Takes deliveries to the data platform.</summary>
internal sealed class DeliveryWorker(
    DeliveryQueue queue, IReceiver platform, TimeProvider time, ILogger<DeliveryWorker> log) : Worker(time, log)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    private readonly DeliveryLoop loop = new(queue, platform, "the data platform", time, log);

    protected override string Name => "data-platform";

    /// <returns>How many have arrived.</returns>
    public override Task<int> RunOnceAsync(CancellationToken ct) => loop.RunAsync(ct);

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Poll, Time, ct);
}
