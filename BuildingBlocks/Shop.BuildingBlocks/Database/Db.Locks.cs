using System.Data.Common;

namespace Shop.BuildingBlocks.Database;

/// <content>Locks: in one order, and without waiting where the transaction says so.</content>
public sealed partial class Db
{
    // A hot row's lock changes hands within a batch's COMMIT; this is several of those, with two hosts too.
    private const string BriefLockTimeout = "select set_config('lock_timeout', '100ms', true)";

    private const string Now = "select shop.now()";

    private readonly HashSet<RowKey> heldRows = [];
    private LockMode lockMode;
    private LockOrder lastRank;

    /// <summary>Queues that the transaction waits for locks in this way. First of all in it.</summary>
    public void UseLockMode(LockMode mode)
    {
        lockMode = mode;
        if (mode != LockMode.Wait)
            Queue(BriefLockTimeout);
    }

    /// <summary>Queues the locking of rows, in ascending order of their distinct keys.</summary>
    /// <param name="read">Is given each locked row when the queue is sent.</param>
    /// <exception cref="InvalidOperationException">A lock of a later rank was queued before.</exception>
    public void QueueLock<TKey>(
        LockStatement statement,
        IEnumerable<TKey> keys,
        Action<DbDataReader> read,
        params (string Name, object Value)[] more)
        where TKey : notnull
    {
        Advance(statement.Rank);
        TKey[] wanted = [.. keys.Distinct().Order().Where(key => !IsLeftOut(statement, key))];
        if (wanted.Length == 0)
            return;
        (string, object)[] parameters = [("keys", wanted), .. more];
        if (lockMode != LockMode.Wait && statement.Try is { } tried)
            QueueRead(tried, row => NoteUngranted<TKey>(statement, row), parameters);
        else if (lockMode == LockMode.Skip)
            QueueSkippingLock<TKey>(statement, read, parameters);
        else
            QueueRead(statement.Sql, read, parameters);
    }

    /// <summary>Whether any row was left out of a lock, so that <see cref="IsHeld"/> is worth asking.</summary>
    public bool HasHeldRows => heldRows.Count > 0;

    /// <summary>Those that were left out since the savepoint.</summary>
    internal IReadOnlyCollection<RowKey> HeldRows => heldRows;

    /// <summary>
    /// Whether the row was left out of a lock that has been sent, because another session holds it. Never in
    /// <see cref="LockMode.Wait"/>.
    /// </summary>
    public bool IsHeld(RowKey row) => heldRows.Contains(row);

    /// <summary>
    /// Queues the reading of the database's clock. Behind the locks: what a transaction decides with this time comes
    /// after what the last holder of the locks decided.
    /// </summary>
    public QueuedValue<DateTimeOffset> QueueNow()
    {
        var now = new QueuedValue<DateTimeOffset>();
        QueueRead(Now, row => now.Set(row.GetFieldValue<DateTimeOffset>(0)));
        return now;
    }

    private void QueueSkippingLock<TKey>(
        LockStatement statement,
        Action<DbDataReader> read,
        (string, object)[] parameters)
        where TKey : notnull
    {
        // A key may stand for several rows: one of them that is missing makes the key held.
        var locked = new Dictionary<TKey, int>();
        QueueRead(
            $"{statement.Sql} skip locked",
            row =>
            {
                var key = row.GetFieldValue<TKey>(0);
                locked[key] = locked.GetValueOrDefault(key) + 1;
                read(row);
            },
            parameters);
        QueueRead(
            statement.Existing,
            row =>
            {
                var key = row.GetFieldValue<TKey>(0);
                locked[key] = locked.GetValueOrDefault(key) - 1;
                if (locked[key] < 0)
                    heldRows.Add(new RowKey(statement.Resource, key));
            },
            parameters);
    }

    private void NoteUngranted<TKey>(LockStatement statement, DbDataReader row) where TKey : notnull
    {
        if (!row.GetBoolean(1))
            heldRows.Add(new RowKey(statement.Resource, row.GetFieldValue<TKey>(0)));
    }

    private bool IsLeftOut<TKey>(LockStatement statement, TKey key) where TKey : notnull
    {
        if (lockMode == LockMode.Wait)
            return false;
        var row = new RowKey(statement.Resource, key);
        return known.Contains(row) && (heldRows.Add(row) || true);
    }

    private void Advance(LockOrder rank)
    {
        if (options.Value.CheckLockOrder && rank < lastRank)
            throw new InvalidOperationException($"A lock of rank {rank} is taken behind one of rank {lastRank}.");
        lastRank = rank;
    }
}
