using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shop.BuildingBlocks.Background;

/// <summary>
/// A background job that runs for as long as the host: again at once while there is work, otherwise after a pause. No exception ends it; after one
/// it backs off, with jitter. Any number of instances may run the same job: its own locks keep them apart.
/// </summary>
public abstract class Worker(TimeProvider time, ILogger log) : BackgroundService
{
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(5);

    /// <summary>How it is called in logs and metrics.</summary>
    protected abstract string Name { get; }

    /// <summary>One round.</summary>
    /// <returns>Rows worked on; 0 means that there is nothing to do now.</returns>
    public abstract Task<int> RunOnceAsync(CancellationToken ct);

    /// <summary>Returns when the next look is due.</summary>
    protected abstract Task PauseAsync(CancellationToken ct);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var rows = await MeasuredAsync(stoppingToken);
                failures = 0;
                if (rows == 0)
                    await PauseAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                var backoff = Backoff(++failures);
                log.LogError(error, "{Worker} failed ({Failures} in a row); again in {Backoff}", Name, failures, backoff);
                await Task.Delay(backoff, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<int> MeasuredAsync(CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var rows = await RunOnceAsync(ct);
        WorkerMetrics.Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("worker", Name));
        WorkerMetrics.Rows.Add(rows, new KeyValuePair<string, object?>("worker", Name));
        return rows;
    }

    private static TimeSpan Backoff(int failures)
    {
        var doubled = TimeSpan.FromMilliseconds(100) * Math.Pow(2, Math.Min(failures, 10));
        return (doubled < MaxBackoff ? doubled : MaxBackoff) * (0.5 + Random.Shared.NextDouble() / 2);
    }
}

internal static class WorkerMetrics
{
    private static readonly Meter Meter = new("Shop");

    public static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("shop.worker.duration", "s", "One round of a background worker.");

    public static readonly Counter<long> Rows = Meter.CreateCounter<long>("shop.worker.rows", "{row}", "Rows that a background worker worked on.");
}
