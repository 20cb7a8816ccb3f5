using Shop.Messages;

namespace Shop.Wallet.Contracts;

/// <summary>Hands out the wallets that a group of hot commands needs. A sheet is filled when the queued statements are sent.</summary>
public interface IWalletSheets
{
    /// <summary>Queues the locking of these users' wallets, in the order of user ids.</summary>
    IWalletSheet Lock(IReadOnlyCollection<long> userIds);

    /// <summary>Queues a look at these users' wallets that locks nothing; such a sheet can't be posted.</summary>
    IWalletSheet Read(IReadOnlyCollection<long> userIds);
}

/// <summary>Wallets in memory while commands are decided. Amounts are whole KRW.</summary>
public interface IWalletSheet
{
    /// <summary>The row as a batch knows it.</summary>
    RowKey RowOf(long userId);

    /// <summary>Whether there is such a user: everyone has a wallet.</summary>
    bool Has(long userId);

    long BalanceOf(long userId);

    /// <summary>Takes the amount for a payment, or nothing where the balance doesn't reach.</summary>
    /// <param name="amount">0 or more.</param>
    bool TryDebit(long userId, long amount, Guid paymentId);

    /// <summary>Gives a payment's amount back; it lands whatever the wallet holds.</summary>
    /// <param name="amount">0 or more.</param>
    void Refund(long userId, long amount, Guid paymentId);

    /// <summary>Queues the new balances and the ledger's entries.</summary>
    void Post(DateTimeOffset now);
}
