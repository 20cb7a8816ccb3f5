using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Telemetry;

/// <param name="Count">In the last minute, by this instance.</param>
internal sealed record ErrorCount(string Code, long Count);

/// <summary>Error counts by code of the last minute, of this instance, read from the shop's meter.</summary>
internal sealed class ErrorCounts : IDisposable
{
    private readonly ConcurrentDictionary<string, LastMinute> counts = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();
    private readonly TimeProvider time;

    public ErrorCounts(IMeterFactory meters, TimeProvider time)
    {
        this.time = time;
        listener.InstrumentPublished = (instrument, heard) =>
        {
            // Of this host's meter: a test has several hosts in one process.
            if (instrument is { Name: ErrorCounter.InstrumentName, Meter.Name: Instrumentation.MeterName }
                && instrument.Meter.Scope == meters)
                heard.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => Add(tags, count));
        listener.Start();
    }

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<ErrorCount> Read()
    {
        var now = Second;
        return
        [
            .. counts.Select(code => new ErrorCount(code.Key, code.Value.Sum(now)))
                .Where(error => error.Count > 0)
                .OrderByDescending(error => error.Count)
                .ThenBy(error => error.Code, StringComparer.Ordinal),
        ];
    }

    public void Dispose() => listener.Dispose();

    private long Second => time.GetUtcNow().ToUnixTimeSeconds();

    private void Add(ReadOnlySpan<KeyValuePair<string, object?>> tags, long count)
    {
        foreach (var (name, value) in tags)
        {
            if (name == ErrorCounter.CodeTag && value is string code)
                counts.GetOrAdd(code, _ => new LastMinute()).Add(Second, count);
        }
    }
}

/// <summary>A count for each of the last sixty seconds.</summary>
internal sealed class LastMinute
{
    private const int Seconds = 60;

    private readonly Lock mutex = new();
    private readonly long[] counts = new long[Seconds];
    private long latest;

    public void Add(long second, long count)
    {
        lock (mutex)
        {
            TurnTo(second);
            counts[Math.Max(second, latest) % Seconds] += count;
        }
    }

    public long Sum(long now)
    {
        lock (mutex)
        {
            TurnTo(now);
            return counts.Sum();
        }
    }

    // The seconds since the latest one had no errors: their slots are a minute old.
    private void TurnTo(long second)
    {
        for (var passed = Math.Max(latest + 1, second - Seconds + 1); passed <= second; passed++)
            counts[passed % Seconds] = 0;
        latest = Math.Max(latest, second);
    }
}
