using System.Collections.Concurrent;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>
/// Wakes this process's dispatchers right after a commit; other processes find the rows when they poll. A NOTIFY would
/// serialise all commits.
/// </summary>
public sealed class OutboxSignals
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> signals = new();

    public void Wake(IReadOnlyCollection<string> schemas)
    {
        foreach (var schema in schemas)
        {
            var signal = Of(schema);
            lock (signal)
            {
                if (signal.CurrentCount == 0)
                    signal.Release();
            }
        }
    }

    /// <summary>Returns when the schema's outbox has got something, or when the poll is due.</summary>
    internal Task WaitAsync(string schema, TimeSpan poll, CancellationToken ct) => Of(schema).WaitAsync(poll, ct);

    private SemaphoreSlim Of(string schema) => signals.GetOrAdd(schema, static _ => new SemaphoreSlim(0, 1));
}
