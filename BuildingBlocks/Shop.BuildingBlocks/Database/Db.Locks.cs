using System.Data.Common;

namespace Shop.BuildingBlocks.Database;

/// <content>Locks: in one order, and without waiting where the transaction says so.</content>
public sealed partial class Db
{
    // A hot row's lock changes hands within a batch's COMMIT; the timeout is several of those, with two hosts too. A
    // batch does not idle between its statements: the rows of a host that stands still are free after a second.
    private const string BriefTimeouts = """
        select set_config('lock_timeout', '100ms', true),
            set_config('idle_in_transaction_session_timeout', '1s', true)
        """;

    private const string Now = "select shop.now()";

    private readonly Dictionary<RowKey, QueuedStatement> heldRows = [];
    private LockMode lockMode;
    private LockOrder lastRank;

    /// <summary>Queues that the transaction waits for locks in this way. First of all in it.</summary>
    public void UseLockMode(LockMode mode)
    {
        lockMode = mode;
        if (mode != LockMode.Wait)
            Queue(BriefTimeouts);
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
        TKey[] wanted = [.. keys.Distinct().Order().Where(key => !IsLeftOut(key))];
        if (wanted.Length == 0)
            return;
        (string, object)[] parameters = [("keys", wanted), .. more];
        if (lockMode != LockMode.Wait && statement.Try is { } tried)
            QueueRead(tried, NoteUngranted, parameters);
        else if (lockMode == LockMode.Skip)
            QueueSkippingLock<TKey>(statement, read, Note, parameters);
        else
            QueueRead(statement.Sql, read, parameters);

        bool IsLeftOut(TKey key)
        {
            var isLeftOut = lockMode == LockMode.Brief && known.Contains(new RowKey(statement.Resource, key));
            if (isLeftOut)
                Note(key);
            return isLeftOut;
        }

        void NoteUngranted(DbDataReader row)
        {
            if (!row.GetBoolean(1))
                Note(row.GetFieldValue<TKey>(0));
        }

        void Note(TKey key) => heldRows[new RowKey(statement.Resource, key)] =
            new QueuedStatement(statement.Sql, null, [("keys", new[] { key }), .. more]);
    }

    /// <summary>Whether any row was left out of a lock, so that <see cref="IsHeld"/> is worth asking.</summary>
    public bool HasHeldRows => heldRows.Count > 0;

    /// <summary>Those that were left out since the savepoint.</summary>
    internal IReadOnlyCollection<RowKey> HeldRows => heldRows.Keys;

    /// <summary>
    /// Whether the row was left out of a lock that has been sent, because another session holds it. Never in
    /// <see cref="LockMode.Wait"/>.
    /// </summary>
    public bool IsHeld(RowKey row) => heldRows.ContainsKey(row);

    /// <returns>The first of the rows that <see cref="IsHeld"/>, or null.</returns>
    internal HeldRow? FindHeld(IEnumerable<RowKey> rows)
    {
        foreach (var row in rows)
        {
            if (heldRows.TryGetValue(row, out var locks))
                return new HeldRow(row, locks);
        }

        return null;
    }

    /// <summary>
    /// Waits for a row as long as a batch does, in a transaction that holds nothing else and is undone with its scope.
    /// </summary>
    /// <returns>Whether it was locked.</returns>
    internal async Task<bool> TryLockAsync(HeldRow row, CancellationToken ct)
    {
        await BeginAsync(ct);
        UseLockMode(LockMode.Brief);
        queue.Add(row.Lock);
        try
        {
            await FlushAsync(ct);
            return true;
        }
        catch (Exception error) when (Transient.IsLockTimeout(error))
        {
            return false;
        }
    }

    /// <summary>
    /// Queues the reading of the database's clock. Behind the locks, a decision with this time comes
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
        Action<TKey> note,
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
                    note(key);
            },
            parameters);
    }

    /// <summary>Queues a statement that chooses the rows that it locks, and waits for none.</summary>
    public void QueueLock(
        LockOrder rank, string sql, Action<DbDataReader> read, params (string Name, object Value)[] parameters)
    {
        Advance(rank);
        QueueRead(sql, read, parameters);
    }

    private void Advance(LockOrder rank)
    {
        if (options.Value.CheckLockOrder && rank < lastRank)
            throw new InvalidOperationException($"A lock of rank {rank} is taken behind one of rank {lastRank}.");
        lastRank = rank;
    }
}
