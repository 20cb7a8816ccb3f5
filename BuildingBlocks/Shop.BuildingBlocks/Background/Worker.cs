using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Background;

/// <summary>
/// A background job that runs for as long as the host: again while there is work, at once or after a rest, otherwise
/// after a pause. No exception ends it; after one it backs off, with jitter. Any number of instances may run the same
/// job: its own locks keep them apart.
/// </summary>
public abstract class Worker(TimeProvider time, ILogger log) : BackgroundService
{
    private static readonly TimeSpan MinBackoff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(3);

    protected TimeProvider Time { get; } = time;

    protected ILogger Log { get; } = log;

    /// <summary>How it is called in logs and metrics.</summary>
    protected abstract string Name { get; }

    /// <summary>One round.</summary>
    /// <returns>Rows worked on; 0 means that there is nothing to do now.</returns>
    public abstract Task<int> RunOnceAsync(CancellationToken ct);

    /// <summary>Returns when the next look is due.</summary>
    protected abstract Task PauseAsync(CancellationToken ct);

    /// <summary>The pause after a round with work. The next round takes all that comes in meanwhile.</summary>
    /// <param name="rows">Of that round.</param>
    protected virtual Task RestAsync(int rows, CancellationToken ct) => Task.CompletedTask;

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var rows = await MeasuredAsync(stoppingToken);
                failures = 0;
                await (rows == 0 ? PauseAsync(stoppingToken) : RestAsync(rows, stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                var backoff = Backoff.After(++failures, MinBackoff, MaxBackoff);
                if (Transient.IsUnavailable(error))
                    Log.LogWarning(
                        "{Worker} failed ({Failures} in a row): {Error}; again in {Backoff}",
                        Name,
                        failures,
                        Transient.Summary(error),
                        backoff);
                else
                    Log.LogError(
                        error, "{Worker} failed ({Failures} in a row); again in {Backoff}", Name, failures, backoff);
                if (PreparedStatements.AreLost(error))
                    Log.LogError("{Advice}", PreparedStatements.Advice);
                await Task.Delay(backoff, Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<int> MeasuredAsync(CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var rows = await RunOnceAsync(ct);
        WorkerMetrics.Duration.Record(
            Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("worker", Name));
        WorkerMetrics.Rows.Add(rows, new KeyValuePair<string, object?>("worker", Name));
        return rows;
    }
}

public static class WorkerServices
{
    /// <summary>
    /// Runs the worker for as long as the host, and lets a test take it from the container and run a round of it.
    /// </summary>
    public static IServiceCollection AddWorker<TWorker>(this IServiceCollection services)
        where TWorker : Worker => services
        .AddSingleton<TWorker>()
        .AddSingleton<IHostedService>(provider => provider.GetRequiredService<TWorker>());
}

internal static class WorkerMetrics
{
    private static readonly Meter Meter = new(Instrumentation.MeterName);

    public static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "shop.worker.duration", "s", "One round of a background worker.");

    public static readonly Counter<long> Rows = Meter.CreateCounter<long>(
        "shop.worker.rows", "{row}", "Rows that a background worker worked on.");
}
