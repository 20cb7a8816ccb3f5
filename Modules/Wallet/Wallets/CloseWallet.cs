using Shop.Wallet.Contracts;
using Shop.Wallet.TopUps;

namespace Shop.Wallet.Wallets;

internal sealed class CloseWalletHandler(Db db, WalletLocks locks, TopUpClosing topUps)
    : IRequestHandler<CloseWallet, bool>
{
    private const string Reason = "Given up by the erasure of the account.";

    private const string Close = "update wallet.wallets set closed_at = @now where user_id = @userId";

    public async Task<bool> Handle(CloseWallet request, CancellationToken cancellationToken)
    {
        var (userId, forfeit) = request;
        // The provider may be taking money for one at this moment: that is a balance too.
        if (await topUps.LockAsync(userId, cancellationToken) && !forfeit)
            return false;
        var wallets = locks.LockToCharge([userId]);
        var clock = db.QueueNow();
        await db.FlushAsync(cancellationToken);
        var balance = wallets.BalanceOf(userId);
        if (balance > 0 && !forfeit)
            return false;
        if (balance > 0)
            wallets.Adjust(userId, -balance, Reason);
        wallets.Write(clock.Value);
        topUps.QueueExpiry(userId);
        db.QueueWrite(Close, rows: 1, ("userId", userId), ("now", clock.Value));
        return true;
    }
}
