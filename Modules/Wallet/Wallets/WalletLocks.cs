using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

/// <summary>Locks wallets, and writes what was decided against them.</summary>
internal sealed class WalletLocks(Db db) : IWalletLocks
{
    private static readonly LockStatement LockWallets = new(
        LockOrder.Wallet,
        IWalletLocks.Resource,
        """
        select user_id, balance, closed_at is not null from wallet.wallets
        where user_id = any(@keys) order by user_id for no key update
        """,
        "select user_id from wallet.wallets where user_id = any(@keys)");

    // Behind the locks: the ids of one wallet run in the order of its entries.
    private const string DrawIds = "select nextval('wallet.ledger_transaction_id_seq') from generate_series(1, @count)";

    private const string SelectWallets =
        "select user_id, balance, closed_at is not null from wallet.wallets where user_id = any(@users)";

    internal const string UpdateBalances = """
        update wallet.wallets w set balance = c.balance
        from unnest(@users, @balances) as c (user_id, balance)
        where w.user_id = c.user_id
        """;

    internal const string InsertEntries = """
        insert into wallet.ledger (transaction_id, user_id, type, amount, balance_after, reference, cause, reason,
            occurred_at)
        overriding system value
        select coalesce(id, nextval('wallet.ledger_transaction_id_seq')), user_id, type, amount, balance_after,
            reference, cause, reason, @now
        from unnest(@ids, @users, @types, @amounts, @balances, @references, @causes, @reasons)
            with ordinality as e (id, user_id, type, amount, balance_after, reference, cause, reason, position)
        order by position
        """;

    public LockedWallets Lock(IReadOnlyCollection<long> userIds)
    {
        var wallets = new LockedWallets(Write);
        if (userIds.Count > 0)
            db.QueueLock(LockWallets, userIds, row => wallets.Add(row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2)));
        return wallets;
    }

    ILockedWallets IWalletLocks.Lock(IReadOnlyCollection<long> userIds) => Lock(userIds);

    /// <summary>
    /// As <see cref="Lock"/>, with ids for as many charges or adjustments: a batch answers with them before they are
    /// written.
    /// </summary>
    public LockedWallets LockToCharge(IReadOnlyCollection<long> userIds)
    {
        var wallets = Lock(userIds);
        db.QueueRead(DrawIds, row => wallets.AddId(row.GetInt64(0)), ("count", userIds.Count));
        return wallets;
    }

    public IReadWallets Read(IReadOnlyCollection<long> userIds)
    {
        var wallets = new ReadWallets();
        if (userIds.Count > 0)
        {
            db.QueueRead(
                SelectWallets,
                row => wallets.Add(row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2)),
                ("users", userIds.Distinct().ToArray()));
        }

        return wallets;
    }

    private void Write(LockedWallets wallets, DateTimeOffset now)
    {
        var entries = wallets.Entries;
        if (entries.Count == 0)
            return;
        long[] changed = [.. entries.Select(entry => entry.UserId).Distinct().Order()];
        db.QueueWrite(
            UpdateBalances,
            changed.Length,
            ("users", changed),
            ("balances", changed.Select(wallets.BalanceOf).ToArray()));
        db.QueueWrite(
            InsertEntries,
            entries.Count,
            ("ids", entries.Select(entry => entry.TransactionId).ToArray()),
            ("users", entries.Select(entry => entry.UserId).ToArray()),
            ("types", entries.Select(entry => EnumNames.Of(entry.Type)).ToArray()),
            ("amounts", entries.Select(entry => entry.Amount).ToArray()),
            ("balances", entries.Select(entry => entry.BalanceAfter).ToArray()),
            ("references", entries.Select(entry => entry.Reference).ToArray()),
            ("causes", entries.Select(entry => entry.Cause).ToArray()),
            ("reasons", entries.Select(entry => entry.Reason).ToArray()),
            ("now", now));
    }
}
