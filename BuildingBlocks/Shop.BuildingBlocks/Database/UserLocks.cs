namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Advisory locks of users, held until the transaction ends: for counting what a user may have few of. They are taken
/// right behind the idempotency keys, before any row.
/// </summary>
public static class UserLocks
{
    private const string Lock =
        "select pg_advisory_xact_lock(hashtextextended(@counted || ' ' || u, 0)) from unnest(@users) as u";

    /// <summary>
    /// Queues the locks of these users. A statement queued behind sees what the last holder committed; the snapshot of
    /// the locking statement itself is older than the lock.
    /// </summary>
    /// <param name="counted">What is counted, <c>schema.what</c>: each has locks of its own.</param>
    public static void QueueUserLocks(this Db db, string counted, params IEnumerable<long> userIds)
    {
        // Ascending: two batches with the same users can't deadlock.
        long[] users = [.. userIds.Distinct().Order()];
        if (users.Length > 0)
            db.Queue(Lock, ("counted", counted), ("users", users));
    }
}
