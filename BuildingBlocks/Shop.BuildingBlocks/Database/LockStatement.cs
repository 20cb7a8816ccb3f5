namespace Shop.BuildingBlocks.Database;

/// <summary>
/// A statement that locks rows by key, in the order of their keys. <see cref="Db.QueueLock{TKey}"/> runs it.
/// </summary>
/// <param name="Resource">The locked thing, <c>schema.table</c>; with the key it names a row.</param>
/// <param name="Sql">
/// Takes the array <c>@keys</c>; the first column is the key. It ends with its locking clause, so that
/// <c>skip locked</c> can follow.
/// </param>
/// <param name="Existing">
/// Takes the same parameters and locks nothing: the key of each row that <paramref name="Sql"/> would lock.
/// </param>
public sealed record LockStatement(LockOrder Rank, string Resource, string Sql, string Existing)
{
    /// <summary>
    /// Of advisory locks: the statement that does not wait, with two columns, the key and whether its lock was granted.
    /// A batch uses it from the start.
    /// </summary>
    public string? Try { get; init; }
}

/// <summary>How a transaction waits for locks that other sessions hold.</summary>
public enum LockMode
{
    /// <summary>Up to the session's <c>lock_timeout</c>.</summary>
    Wait,

    /// <summary>Long enough for another batch's COMMIT. A row that is known to be held is left out.</summary>
    Brief,

    /// <summary>Not at all: rows that another session holds are left out, and no others.</summary>
    Skip,
}

/// <summary>A value that a queued statement reads; it is there once the queue has been sent.</summary>
public sealed class QueuedValue<T> where T : struct
{
    private T? value;

    /// <exception cref="InvalidOperationException">The queue has not been sent.</exception>
    public T Value => value ?? throw new InvalidOperationException("The statement has not been sent.");

    internal void Set(T read) => value = read;
}
