using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Background;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>
/// Gauges of the deliveries that are left. This worker reads them every few seconds; a scrape gets the last reading and
/// never waits for the database. Every host tells the same numbers, those of the database: take the maximum over hosts,
/// not the sum.
/// </summary>
internal sealed class BacklogMetrics : Worker
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // The last reading is out of date: no number is better than a wrong one.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(1);

    private readonly IServiceScopeFactory scopes;
    private volatile Readings last = new(DateTimeOffset.MinValue, []);

    public BacklogMetrics(
        IServiceScopeFactory scopes, IMeterFactory meters, TimeProvider time, ILogger<BacklogMetrics> log)
        : base(time, log)
    {
        this.scopes = scopes;
        var meter = meters.Create(Instrumentation.MeterName);
        Observe(meter, BacklogKind.Events, "shop.outbox", "{event}");
        Observe(meter, BacklogKind.Deliveries, "shop.deliveries", "{delivery}");
    }

    protected override string Name => "backlog-metrics";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var readings = new List<Reading>();
        foreach (var backlog in scope.ServiceProvider.GetServices<IBacklog>())
            readings.Add(new Reading(backlog.Kind, backlog.Module, await backlog.ReadStateAsync(ct)));
        last = new Readings(Time.UtcNow(), readings);
        return 0;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);

    private void Observe(Meter meter, BacklogKind kind, string prefix, string unit)
    {
        meter.CreateObservableGauge(
            $"{prefix}.pending", () => Values(kind, state => state.Pending), unit, "Not tried yet.");
        meter.CreateObservableGauge(
            $"{prefix}.retrying", () => Values(kind, state => state.Retrying), unit,
            "Failed and due again, or waiting behind one that failed.");
        meter.CreateObservableGauge(
            $"{prefix}.dead", () => Values(kind, state => state.Dead), unit,
            "Given up until a person retries or discards it.");
        meter.CreateObservableGauge(
            $"{prefix}.oldest_age", () => Values(kind, state => state.OldestAge?.TotalSeconds ?? 0), "s",
            "Age of the oldest that is pending or retrying; 0 where there is none.");
    }

    private IEnumerable<Measurement<T>> Values<T>(BacklogKind kind, Func<BacklogState, T> valueOf) where T : struct
    {
        var (readAt, readings) = last;
        return Time.UtcNow() - readAt > Stale
            ? []
            : readings.Where(reading => reading.Kind == kind)
                .Select(reading => new Measurement<T>(
                    valueOf(reading.State), new KeyValuePair<string, object?>("module", reading.Module)));
    }

    private sealed record Reading(BacklogKind Kind, string Module, BacklogState State);

    private sealed record Readings(DateTimeOffset ReadAt, IReadOnlyList<Reading> All);
}
