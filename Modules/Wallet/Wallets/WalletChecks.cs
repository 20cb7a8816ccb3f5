using Shop.BuildingBlocks.Audit;

namespace Shop.Wallet.Wallets;

/// <summary>What the audit holds wallets and their ledger to.</summary>
internal static class WalletChecks
{
    public static IReadOnlyList<AuditCheck> All { get; } =
    [
        new("wallet.balance-is-sum-of-ledger", "Every balance is the sum of the wallet's ledger.", """
            select format('user %s: balance %s, sum of the ledger %s', user_id, coalesce(w.balance::text, 'missing'), coalesce(l.total, 0))
            from wallet.wallets w
            full join (select user_id, sum(amount) as total from wallet.ledger group by user_id) l using (user_id)
            where w.balance is null or w.balance <> coalesce(l.total, 0)
            """),

        // Newest first, as the index has it.
        new("wallet.ledger-follows", "Every ledger line's balanceAfter is the one before plus its amount.", """
            select format('transaction %s of user %s: %s after %s and %s', transaction_id, user_id, balance_after, balance_before, amount)
            from (
                select transaction_id, user_id, amount, balance_after,
                    lead(balance_after, 1, 0::bigint) over (partition by user_id order by transaction_id desc) as balance_before
                from wallet.ledger) l
            where balance_after <> balance_before::numeric + amount
            """),

        new("wallet.no-negative-balance", "No balance is negative, and none ever was.", """
            select format('user %s: balance %s', user_id, balance) from wallet.wallets where balance < 0
            union all
            select format('transaction %s of user %s: balance after it %s', transaction_id, user_id, balance_after) from wallet.ledger where balance_after < 0
            """),
    ];
}
