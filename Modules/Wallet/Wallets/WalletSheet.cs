using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.Messages;
using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

internal sealed class WalletSheets(Db db) : IWalletSheets
{
    private static readonly LockStatement LockWallets = new(
        LockOrder.Wallet,
        "wallet.wallets",
        "select user_id, balance from wallet.wallets where user_id = any(@keys) order by user_id for no key update",
        "select user_id from wallet.wallets where user_id = any(@keys)");

    // Behind the locks: the ids of one wallet run in the order of its entries.
    private const string DrawIds = "select nextval('wallet.ledger_transaction_id_seq') from generate_series(1, @count)";

    private const string ReadWallets = "select user_id, balance from wallet.wallets where user_id = any(@users)";

    public static RowKey RowOf(long userId) => new(LockWallets.Resource, userId);

    public WalletSheet Lock(IReadOnlyCollection<long> userIds)
    {
        var sheet = new WalletSheet(db);
        db.QueueLock(LockWallets, userIds, row => sheet.Add(row.GetInt64(0), row.GetInt64(1)));
        return sheet;
    }

    IWalletSheet IWalletSheets.Lock(IReadOnlyCollection<long> userIds) => Lock(userIds);

    /// <summary>As <see cref="Lock"/>, with ids for as many charges, so that their callers are told them before they are posted.</summary>
    public WalletSheet LockToCharge(IReadOnlyCollection<long> userIds)
    {
        var sheet = Lock(userIds);
        db.QueueRead(DrawIds, row => sheet.AddId(row.GetInt64(0)), ("count", userIds.Count));
        return sheet;
    }

    public IWalletSheet Read(IReadOnlyCollection<long> userIds) => Fill(ReadWallets, userIds, new WalletSheet(db: null));

    private WalletSheet Fill(string sql, IReadOnlyCollection<long> userIds, WalletSheet sheet)
    {
        if (userIds.Count > 0)
            db.QueueRead(sql, row => sheet.Add(row.GetInt64(0), row.GetInt64(1)), ("users", userIds.Distinct().ToArray()));
        return sheet;
    }
}

/// <param name="db">Where to post, or null for a sheet that was only read.</param>
internal sealed class WalletSheet(Db? db) : IWalletSheet
{
    private const string PostBalances = """
        update wallet.wallets w set balance = p.balance
        from unnest(@users, @balances) as p (user_id, balance)
        where w.user_id = p.user_id and w.user_id = any(@users)
        """;

    private const string PostEntries = """
        insert into wallet.ledger (transaction_id, user_id, type, amount, balance_after, reference, occurred_at)
        overriding system value
        select coalesce(id, nextval('wallet.ledger_transaction_id_seq')), user_id, type, amount, balance_after, reference, @now
        from unnest(@ids, @users, @types, @amounts, @balances, @references) with ordinality
            as e (id, user_id, type, amount, balance_after, reference, position)
        order by position
        """;

    private readonly Dictionary<long, long> balances = [];
    private readonly Queue<long> ids = [];
    private readonly List<LedgerEntry> entries = [];

    public void Add(long userId, long balance) => balances.Add(userId, balance);

    public void AddId(long transactionId) => ids.Enqueue(transactionId);

    public RowKey RowOf(long userId) => WalletSheets.RowOf(userId);

    public bool Has(long userId) => balances.ContainsKey(userId);

    public long BalanceOf(long userId) => balances[userId];

    public bool TryDebit(long userId, long amount, Guid paymentId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        if (balances[userId] < amount)
            return false;
        Enter(userId, EntryType.Payment, -amount, paymentId);
        return true;
    }

    public void Refund(long userId, long amount, Guid paymentId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        Enter(userId, EntryType.Refund, amount, paymentId);
    }

    /// <returns>The ledger's entry, with its id.</returns>
    public LedgerEntry Charge(long userId, long amount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(amount);
        return Enter(userId, EntryType.Charge, amount, reference: null, ids.Dequeue());
    }

    public void Post(DateTimeOffset now)
    {
        if (db is null)
            throw new InvalidOperationException("A sheet that was read without locks can't be posted.");
        if (entries.Count == 0)
            return;

        var changed = entries.Select(entry => entry.UserId).Distinct().ToArray();
        db.QueueWrite(PostBalances, changed.Length, ("users", changed), ("balances", changed.Select(user => balances[user]).ToArray()));
        db.QueueWrite(
            PostEntries,
            entries.Count,
            ("ids", entries.ConvertAll(entry => entry.TransactionId)),
            ("users", entries.ConvertAll(entry => entry.UserId)),
            ("types", entries.ConvertAll(entry => EnumNames.Of(entry.Type))),
            ("amounts", entries.ConvertAll(entry => entry.Amount)),
            ("balances", entries.ConvertAll(entry => entry.BalanceAfter)),
            ("references", entries.ConvertAll(entry => entry.Reference)),
            ("now", now));
    }

    private LedgerEntry Enter(long userId, EntryType type, long amount, Guid? reference, long? transactionId = null)
    {
        var balance = checked(balances[userId] + amount);
        balances[userId] = balance;
        var entry = new LedgerEntry(transactionId, userId, type, amount, balance, reference);
        entries.Add(entry);
        return entry;
    }
}

/// <param name="TransactionId">Null where PostgreSQL is to number the entry.</param>
/// <param name="Amount">Signed: what it adds to the balance.</param>
internal sealed record LedgerEntry(long? TransactionId, long UserId, EntryType Type, long Amount, long BalanceAfter, Guid? Reference);
