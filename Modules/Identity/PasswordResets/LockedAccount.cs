using Shop.Identity.Users;

namespace Shop.Identity.PasswordResets;

/// <summary>The locked row of a user, as a reset needs it.</summary>
internal sealed record LockedAccount(
    long UserId, string NormalizedEmail, string SecurityStamp, string Role, UserStatus Status)
{
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
}
