using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Queues of items that need a row which another session holds: one for each row, whose batches wait for the lock up to
/// the session's timeout. While the first batch waits, later items that want the row come here at once. Items keep
/// their order of arrival within a path.
/// </summary>
/// <param name="run">Completes or fails each item. False where the row is still held.</param>
internal sealed class SidePaths<TItem>(
    BatchingOptions options,
    HeldRows held,
    Func<IReadOnlyList<TItem>, Task<bool>> run,
    Action<TItem, Exception> fail,
    ILogger log)
{
    private static readonly TimeSpan MaximumAge = TimeSpan.FromSeconds(5);

    private readonly Dictionary<RowKey, Queue<(TItem Item, long Since)>> paths = [];

    /// <summary>Queues the item; fails it with 503 <c>unavailable</c> where too many wait for the row.</summary>
    public void Add(RowKey row, TItem item)
    {
        bool isNew, isFull;
        lock (paths)
        {
            isNew = !paths.TryGetValue(row, out var waiting);
            if (isNew)
                paths.Add(row, waiting = []);
            isFull = waiting!.Count >= options.MaximumWaitingForRow;
            if (!isFull)
                waiting.Enqueue((item, Stopwatch.GetTimestamp()));
        }

        if (isFull)
            fail(item, new ErrorException(CommandErrors.RowHeld()));
        if (isNew)
            _ = Task.Run(() => RunAsync(row));
    }

    private async Task RunAsync(RowKey row)
    {
        held.Add(row);
        while (Take(row) is { Count: > 0 } batch)
        {
            try
            {
                if (await run(batch))
                    held.Remove(row);
            }
            catch (Exception error)
            {
                if (error is not ErrorException)
                    log.LogError(error, "The side path of {Row} failed", row);
                foreach (var item in batch)
                    fail(item, error);
            }
        }
    }

    /// <returns>The next batch; none where the queue is empty, and then the path has ended.</returns>
    private List<TItem> Take(RowKey row)
    {
        var (batch, late) = (new List<TItem>(), new List<TItem>());
        lock (paths)
        {
            var waiting = paths[row];
            while (batch.Count < options.MaximumItems && waiting.TryDequeue(out var next))
                (Stopwatch.GetElapsedTime(next.Since) < MaximumAge ? batch : late).Add(next.Item);
            if (batch.Count == 0)
            {
                paths.Remove(row);
                held.Remove(row);
            }
        }

        foreach (var item in late)
            fail(item, new ErrorException(CommandErrors.RowHeld()));
        return batch;
    }
}
