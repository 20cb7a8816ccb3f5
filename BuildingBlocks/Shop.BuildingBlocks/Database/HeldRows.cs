using System.Collections.Concurrent;
using System.Diagnostics;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Rows that another session is known to hold. Batches leave them out, so that one held row delays no command that does
/// not want it.
/// </summary>
public sealed class HeldRows
{
    // Beyond it a held row costs a batch its brief wait each time.
    private const int Maximum = 1_000;

    private static readonly TimeSpan NotedFor = TimeSpan.FromSeconds(1);

    // Until when, as a timestamp of the monotonic clock.
    private readonly ConcurrentDictionary<RowKey, long> rows = new();

    public bool Contains(RowKey row) => !rows.IsEmpty && rows.TryGetValue(row, out var until) && IsHeld(row, until);

    /// <summary>Until it is removed.</summary>
    public void Add(RowKey row)
    {
        if (rows.Count < Maximum)
            rows[row] = long.MaxValue;
    }

    /// <summary>For a second: nobody waits for the row, so nobody would find out when it is free.</summary>
    public void AddBriefly(RowKey row)
    {
        if (rows.Count < Maximum)
            rows.TryAdd(row, Stopwatch.GetTimestamp() + (long)(NotedFor.TotalSeconds * Stopwatch.Frequency));
    }

    public void Remove(RowKey row) => rows.TryRemove(row, out _);

    private bool IsHeld(RowKey row, long until)
    {
        if (Stopwatch.GetTimestamp() < until)
            return true;
        rows.TryRemove(new KeyValuePair<RowKey, long>(row, until));
        return false;
    }
}
