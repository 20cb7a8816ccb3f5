using Shop.BuildingBlocks.Exports;

namespace Shop.Wallet.Wallets;

/// <summary>The data of Wallet about a user, for an export.</summary>
internal static class WalletPersonalData
{
    public static IReadOnlyList<PersonalData> All { get; } =
    [
        new("wallet", "select balance, closed_at from wallet.wallets where user_id = @userId"),
        new("ledger", """
            select transaction_id, type, amount, balance_after, reference, reason, occurred_at
            from wallet.ledger where user_id = @userId order by transaction_id
            """),
        new("topUps", """
            select top_up_id, amount, status, provider, provider_payment_id, reason, created_at, expires_at, settled_at
            from wallet.top_ups where user_id = @userId order by top_up_id
            """),
    ];
}
