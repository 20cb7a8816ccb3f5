using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Where items wait that need a row which another session holds: one path for each row. While it is there, later
/// items that want the row come here at once. A probe waits for the row and holds no other; once the row answers, the
/// items go back to the queue.
/// </summary>
internal sealed class SidePaths<TItem>(
    BatchQueue<TItem> queue,
    BatchingOptions options,
    HeldRows held,
    ConnectionShares shares,
    IServiceScopeFactory scopes,
    ILogger log)
    where TItem : BatchItem
{
    private static readonly TimeSpan MaximumAge = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<RowKey, List<TItem>> paths = [];

    /// <summary>
    /// Takes an item of a batch that had no effect; fails it with 503 where too many wait for the row.
    /// </summary>
    public void Add(HeldRow row, TItem item)
    {
        lock (paths)
        {
            held.Add(row.Key);
            if (!paths.TryGetValue(row.Key, out var waiting))
            {
                paths.Add(row.Key, waiting = []);
                _ = Task.Run(() => WatchAsync(row));
            }

            if (waiting.Count < options.MaximumWaitingForRow)
            {
                item.GiveBack();
                waiting.Add(item);
                return;
            }
        }

        item.Fail(new ErrorException(CommandErrors.RowHeld()));
    }

    private async Task WatchAsync(HeldRow row)
    {
        do
            await Task.Delay(ProbeInterval);
        while (HasWaiting(row.Key) && !await IsFreeAsync(row));
        foreach (var item in End(row.Key))
            queue.Enqueue(item);
    }

    /// <summary>Fails the items that have waited for long enough.</summary>
    /// <returns>Whether others are left.</returns>
    private bool HasWaiting(RowKey row)
    {
        List<TItem> late;
        bool isEmpty;
        lock (paths)
        {
            late = paths[row].FindAll(item => item.Age >= MaximumAge);
            paths[row].RemoveAll(late.Contains);
            isEmpty = paths[row].Count == 0;
        }

        late.ForEach(item => item.Fail(new ErrorException(CommandErrors.RowHeld())));
        return !isEmpty;
    }

    // Of another error the items hear in the queue's own batch.
    private async Task<bool> IsFreeAsync(HeldRow row)
    {
        try
        {
            using var share = await shares.TakeForSidePathAsync();
            await using var scope = scopes.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<Db>().TryLockAsync(row, CancellationToken.None);
        }
        catch (ErrorException)
        {
            // The share is used up by probes of other rows.
            return false;
        }
        catch (Exception error)
        {
            log.LogWarning(error, "The probe of {Row} failed", row.Key);
            return true;
        }
    }

    private List<TItem> End(RowKey row)
    {
        lock (paths)
        {
            held.Remove(row);
            paths.Remove(row, out var waiting);
            return waiting!;
        }
    }
}
