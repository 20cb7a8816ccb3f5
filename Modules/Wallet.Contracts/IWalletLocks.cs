namespace Shop.Wallet.Contracts;

/// <summary>Locks the wallets that a batch of commands needs.</summary>
public interface IWalletLocks
{
    /// <summary>The resource of a row key; its key is the user's id.</summary>
    const string Resource = "wallet.wallets";

    /// <summary>Queues the lock of these users' wallets. The rows are there once the queue is flushed.</summary>
    ILockedWallets Lock(IReadOnlyCollection<long> userIds);

    /// <summary>Queues a read of these users' wallets without a lock: nothing can be debited there.</summary>
    IReadWallets Read(IReadOnlyCollection<long> userIds);
}

/// <summary>Wallets in memory. Amounts are whole KRW.</summary>
public interface IReadWallets
{
    /// <summary>Whether there is such a user: every user has a wallet, and an erased one's is closed.</summary>
    bool Has(long userId);

    long BalanceOf(long userId);
}

/// <summary>Locked wallets in memory. They record what a batch decides, and write it set-based.</summary>
public interface ILockedWallets : IReadWallets
{
    /// <summary>Debits the amount for a payment, or nothing where the balance does not cover it.</summary>
    /// <param name="amount">0 or more.</param>
    bool TryDebit(long userId, long amount, Guid paymentId, Guid orderId);

    /// <summary>Credits some of a payment, whatever the wallet holds.</summary>
    /// <param name="amount">0 or more.</param>
    /// <param name="cause">
    /// The order, or one of its refunds. The ledger has one REFUND for each payment and cause.
    /// </param>
    void Refund(long userId, long amount, Guid paymentId, Guid cause);

    /// <summary>Queues the new balances and the ledger's entries.</summary>
    void Write(DateTimeOffset now);
}
