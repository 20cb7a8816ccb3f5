using System.Collections.Concurrent;
using System.Diagnostics;

namespace Shop.BuildingBlocks.Database;

/// <summary>A row that another session holds, and how to lock it alone.</summary>
internal sealed record HeldRow(RowKey Key, QueuedStatement Lock)
{
    /// <summary>A lock that nobody can name: it counts as free at the next probe.</summary>
    public static HeldRow Unknown(string resource) =>
        new(new RowKey(resource, ""), new QueuedStatement("select", null, []));
}

/// <summary>
/// Rows that another session is known to hold. A command or event that needs one of them is not tried, so that a held
/// row delays no others.
/// </summary>
public sealed class HeldRows
{
    // Beyond it a held row costs its brief wait each time.
    private const int Maximum = 1_000;

    // Until when, as a timestamp of the monotonic clock.
    private readonly ConcurrentDictionary<RowKey, long> rows = new();

    public bool IsEmpty => rows.IsEmpty;

    public bool Contains(RowKey row) => !rows.IsEmpty && rows.TryGetValue(row, out var until) && IsHeld(row, until);

    /// <summary>Until it is removed.</summary>
    public void Add(RowKey row)
    {
        if (rows.Count < Maximum)
            rows[row] = long.MaxValue;
    }

    /// <summary>For a time, where nobody would find out when it is free.</summary>
    public void AddFor(RowKey row, TimeSpan time)
    {
        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        if (rows.Count < Maximum)
            rows.AddOrUpdate(row, until, (_, before) => Math.Max(before, until));
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
