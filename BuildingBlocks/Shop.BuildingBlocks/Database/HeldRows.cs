using System.Collections.Concurrent;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Rows that another session is known to hold. Batches leave them out, so that one held row delays no command that does
/// not want it.
/// </summary>
public sealed class HeldRows
{
    // Beyond it a held row costs a batch its brief wait each time.
    private const int Maximum = 1_000;

    private readonly ConcurrentDictionary<RowKey, bool> rows = new();

    public bool Contains(RowKey row) => !rows.IsEmpty && rows.ContainsKey(row);

    public void Add(RowKey row)
    {
        if (rows.Count < Maximum)
            rows.TryAdd(row, true);
    }

    public void Remove(RowKey row) => rows.TryRemove(row, out _);
}
