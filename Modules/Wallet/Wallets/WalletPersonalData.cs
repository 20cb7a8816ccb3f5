using Shop.BuildingBlocks.Exports;

namespace Shop.Wallet.Wallets;

/// <summary>What the wallet holds about a user, for an export.</summary>
internal static class WalletPersonalData
{
    public static IReadOnlyList<PersonalData> All { get; } =
    [
        new("wallet", "select balance, closed_at from wallet.wallets where user_id = @userId"),
        new("ledger", """
            select transaction_id, type, amount, balance_after, reference, reason, occurred_at
            from wallet.ledger where user_id = @userId order by transaction_id
            """),
    ];
}
