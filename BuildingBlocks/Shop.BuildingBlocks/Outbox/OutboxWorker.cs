using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>
/// Runs one module's dispatcher: at once after a commit of this process, unless it has just run, and by polling for
/// those of others.
/// </summary>
internal sealed class OutboxWorker(
    OutboxDispatcher dispatcher,
    OutboxSignals signals,
    IOptions<OutboxOptions> options,
    TimeProvider time,
    ILogger<OutboxWorker> log) : Worker(time, log)
{
    protected override string Name => $"outbox.{dispatcher.Schema}";

    public override Task<int> RunOnceAsync(CancellationToken ct) => dispatcher.RunOnceAsync(ct);

    // A thousand events at a time cost a tenth of a thousand by fives, and no caller waits for them within this time.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    protected override Task RestAsync(int rows, CancellationToken ct) =>
        dispatcher.HasMore ? Task.CompletedTask : Task.Delay(Rest, Time, ct);

    protected override Task PauseAsync(CancellationToken ct) =>
        signals.WaitAsync(dispatcher.Schema, options.Value.PollInterval, ct);
}
