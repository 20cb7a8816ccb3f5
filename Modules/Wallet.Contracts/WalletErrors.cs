using Shop.Messages;

namespace Shop.Wallet.Contracts;

public static class WalletErrors
{
    /// <summary>
    /// The same wherever a user's id stands: everybody has a wallet, so a user without one does not exist. The value is
    /// the user's id.
    /// </summary>
    public static readonly DocumentedError<long> UserNotFound =
        new("wallet.user_not_found", 404, userId => $"There is no user {userId}.");
}
