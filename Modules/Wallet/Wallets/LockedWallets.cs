using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

/// <summary>Wallets as a query saw them.</summary>
internal class ReadWallets : IReadWallets
{
    private readonly Dictionary<long, long> balances = [];
    private readonly HashSet<long> closed = [];

    /// <param name="isClosed">Its user was erased: only refunds still come back to it.</param>
    public void Add(long userId, long balance, bool isClosed = false)
    {
        balances.Add(userId, balance);
        if (isClosed)
            closed.Add(userId);
    }

    public bool Has(long userId) => balances.ContainsKey(userId) && !closed.Contains(userId);

    public long BalanceOf(long userId) => balances[userId];

    /// <returns>The balance after it.</returns>
    protected long Change(long userId, long amount) => balances[userId] = checked(balances[userId] + amount);
}

/// <summary>Decides against locked rows in memory and records the ledger's entries in order.</summary>
/// <param name="write">Queues the entries of this batch.</param>
internal sealed class LockedWallets(Action<LockedWallets, DateTimeOffset> write) : ReadWallets, ILockedWallets
{
    private readonly Queue<long> ids = [];
    private readonly List<LedgerEntry> entries = [];

    /// <summary>The decisions, in the order of deciding.</summary>
    public IReadOnlyList<LedgerEntry> Entries => entries;

    /// <summary>Keeps a drawn id for a charge.</summary>
    public void AddId(long transactionId) => ids.Enqueue(transactionId);

    public bool TryDebit(long userId, long amount, Guid paymentId, Guid orderId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        if (BalanceOf(userId) < amount)
            return false;
        Enter(userId, EntryType.Payment, -amount, paymentId, orderId);
        return true;
    }

    public void Refund(long userId, long amount, Guid paymentId, Guid cause)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        Enter(userId, EntryType.Refund, amount, paymentId, cause);
    }

    /// <returns>The ledger's entry, with its id.</returns>
    public LedgerEntry Charge(long userId, long amount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(amount);
        return Enter(userId, EntryType.Charge, amount, reference: null, cause: null, ids.Dequeue());
    }

    /// <summary>Credits what a provider took for a top-up, whatever the wallet holds.</summary>
    /// <returns>The ledger's entry, with its id. The ledger has one for each top-up.</returns>
    public LedgerEntry TopUp(long userId, long amount, Guid topUpId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(amount);
        return Enter(userId, EntryType.Charge, amount, topUpId, cause: topUpId, ids.Dequeue());
    }

    /// <summary>Adds to the wallet or takes from it, as far as that leaves no less than nothing.</summary>
    /// <param name="amount">Signed; <see cref="Adjusting.Check"/> let it through.</param>
    /// <returns>The ledger's entry, with its id.</returns>
    public LedgerEntry Adjust(long userId, long amount, string reason)
    {
        ArgumentOutOfRangeException.ThrowIfZero(amount);
        return Enter(userId, EntryType.Adjustment, amount, reference: null, cause: null, ids.Dequeue(), reason);
    }

    public void Write(DateTimeOffset now) => write(this, now);

    private LedgerEntry Enter(
        long userId, EntryType type, long amount, Guid? reference, Guid? cause, long? transactionId = null,
        string? reason = null)
    {
        var entry = new LedgerEntry(
            transactionId, userId, type, amount, Change(userId, amount), reference, cause, reason);
        entries.Add(entry);
        return entry;
    }
}

/// <param name="TransactionId">Null where PostgreSQL is to number the entry.</param>
/// <param name="Amount">Signed: the change of the balance.</param>
/// <param name="Cause">The order, or one of its refunds, for PAYMENT and REFUND.</param>
/// <param name="Reason">Of an ADJUSTMENT.</param>
internal sealed record LedgerEntry(
    long? TransactionId, long UserId, EntryType Type, long Amount, long BalanceAfter, Guid? Reference, Guid? Cause,
    string? Reason = null);
