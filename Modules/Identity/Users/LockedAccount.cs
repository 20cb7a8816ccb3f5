namespace Shop.Identity.Users;

/// <summary>The locked row of a user.</summary>
internal sealed record LockedAccount(
    long UserId, string NormalizedEmail, string SecurityStamp, string Role, UserStatus Status)
{
    /// <summary>By the row, not by what the host knows: a role may have been given a moment ago.</summary>
    public Permissions Permissions => Roles.PermissionsOf(Role);

    private const string Columns = "user_id, normalized_email, security_stamp, role, status";

    private static readonly LockStatement Lock = new(
        LockOrder.Account,
        "identity.users",
        $"""
        select {Columns} from identity.users where user_id = any(@keys) order by user_id for no key update
        """,
        "select user_id from identity.users where user_id = any(@keys)");

    /// <summary>Queues the lock.</summary>
    /// <param name="read">Is given the account where there is one that was not erased.</param>
    public static void QueueLock(Db db, long userId, Action<LockedAccount> read) => db.QueueLock(
        Lock,
        [userId],
        row =>
        {
            // An erased account has no e-mail address to read.
            var status = EnumNames.Read<UserStatus>(row.GetString(4));
            if (status != UserStatus.Erased)
                read(new LockedAccount(
                    row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), status));
        });

    /// <summary>Locks the account.</summary>
    /// <returns>Null where there is none, or an erased one.</returns>
    public static async Task<LockedAccount?> LockAsync(Db db, long userId, CancellationToken ct)
    {
        LockedAccount? found = null;
        QueueLock(db, userId, account => found = account);
        await db.FlushAsync(ct);
        return found;
    }
}
