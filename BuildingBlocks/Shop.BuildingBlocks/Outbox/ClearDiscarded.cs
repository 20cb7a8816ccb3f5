using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>
/// Deletes dead letters that were discarded long ago, a bounded number at a time. Delivered events are deleted at once.
/// </summary>
internal sealed class ClearDiscarded(
    IServiceScopeFactory scopes, IOptions<OutboxOptions> options, TimeProvider time, ILogger<ClearDiscarded> log)
    : Worker(time, log)
{
    private const int BatchSize = 1000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override string Name => "outbox.clear-discarded";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var cleared = 0;
        foreach (var backlog in scope.ServiceProvider.GetServices<IBacklog>())
            cleared += await backlog.ClearDiscardedAsync(options.Value.KeepDiscarded, BatchSize, ct);
        return cleared;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);
}
