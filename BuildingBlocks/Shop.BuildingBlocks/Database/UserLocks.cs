
namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Advisory locks of users, held until the transaction ends: for counting what a user may have few of. They are taken
/// right behind the idempotency keys, before any row.
/// </summary>
public static class UserLocks
{
    private const string Hash = "hashtextextended(@counted || ' ' || u, 0)";

    private const string All = "select u from unnest(@keys) as u";

    /// <summary>
    /// Queues the locks of these users. A statement queued behind sees what the last holder committed; the snapshot of
    /// the locking statement itself is older than the lock.
    /// </summary>
    /// <param name="counted">The counted things, <c>schema.name</c>; each name has locks of its own.</param>
    public static void QueueUserLocks(this Db db, string counted, params IEnumerable<long> userIds) =>
        db.QueueLock(LockOf(counted), userIds, _ => { }, ("counted", counted));

    /// <summary>A user's lock, as <see cref="Db.IsHeld"/> knows it.</summary>
    public static RowKey RowOf(string counted, long userId) => new(counted, userId);

    private static LockStatement LockOf(string counted) =>
        new(LockOrder.UserCount, counted, $"select u, pg_advisory_xact_lock({Hash}) from unnest(@keys) as u", All)
        {
            Try = $"select u, pg_try_advisory_xact_lock({Hash}) from unnest(@keys) as u",
        };
}
