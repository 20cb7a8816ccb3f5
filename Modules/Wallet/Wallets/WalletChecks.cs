using Shop.BuildingBlocks.Audit;

namespace Shop.Wallet.Wallets;

/// <summary>The audit's checks of wallets and their ledger.</summary>
internal static class WalletChecks
{
    public static IReadOnlyList<AuditCheck> All { get; } =
    [
        new("wallet.balance-is-sum-of-ledger", "Every balance is the sum of the wallet's ledger.", """
            select format('user %s: balance %s, sum of the ledger %s', user_id, coalesce(w.balance::text, 'missing'),
                coalesce(l.total, 0))
            from wallet.wallets w
            full join (
                select user_id, sum(amount) as total from wallet.ledger
                /*new where user_id in (select user_id from wallet.ledger where transaction_id > @ledger)*/
                group by user_id) l using (user_id)
            where /*new l.total is not null and*/ (w.balance is null or w.balance <> coalesce(l.total, 0))
            """),

        // Newest first, as the index has it.
        new("wallet.ledger-follows", "Every ledger line's balanceAfter is the one before plus its amount.", """
            select format('transaction %s of user %s: %s after %s and %s', transaction_id, user_id, balance_after,
                balance_before, amount)
            from (
                select transaction_id, user_id, amount, balance_after,
                    lead(balance_after, 1, 0::bigint) over (partition by user_id order by transaction_id desc)
                        as balance_before
                from wallet.ledger) l
            where balance_after <> balance_before::numeric + amount
            """)
        {
            New = """
                select format('transaction %s of user %s: %s after %s and %s',
                    transaction_id, user_id, balance_after, balance_before, amount)
                from (
                    select transaction_id, user_id, amount, balance_after, coalesce((
                        select before.balance_after from wallet.ledger before
                        where before.user_id = l.user_id and before.transaction_id < l.transaction_id
                        order by before.transaction_id desc limit 1), 0) as balance_before
                    from wallet.ledger l
                    where transaction_id > @ledger) l
                where balance_after <> balance_before::numeric + amount
                """,
        },

        new("wallet.no-negative-balance", "No balance is negative, and none ever was.", """
            select format('user %s: balance %s', user_id, balance) from wallet.wallets where balance < 0
            union all
            select format('transaction %s of user %s: balance after it %s', transaction_id, user_id, balance_after)
            from wallet.ledger
            where /*new transaction_id > @ledger and*/ balance_after < 0
            """),

        new(
            "wallet.charges-have-top-ups",
            "Every CHARGE with a reference has one COMPLETED top-up of its amount, less what the provider had given "
            + "back, and every COMPLETED top-up its CHARGE.",
            """
            select format('transaction %s of user %s: %s for top-up %s, which is %s', l.transaction_id, l.user_id,
                l.amount, l.reference, coalesce(t.status, 'not there'))
            from wallet.ledger l
            left join wallet.top_ups t on t.top_up_id = l.reference
            where /*new l.transaction_id > @ledger and*/ l.type = 'CHARGE' and l.reference is not null
                and (t.status = 'COMPLETED' and t.user_id = l.user_id and t.amount - t.given_back = l.amount
                    and t.transaction_id = l.transaction_id) is not true
            union all
            select format('top-up %s of user %s: %s, no transaction %s of it', t.top_up_id, t.user_id, t.amount,
                t.transaction_id)
            from wallet.top_ups t
            left join wallet.ledger l on l.transaction_id = t.transaction_id
            where /*new t.transaction_id > @ledger and*/ t.status = 'COMPLETED'
                and (l.type = 'CHARGE' and l.reference = t.top_up_id) is not true
            """),

        new("wallet.adjustments-have-reasons", "Every ADJUSTMENT has a reason and changed something.", """
            select format('transaction %s of user %s: %s, %s', transaction_id, user_id, amount,
                coalesce(reason, 'without a reason'))
            from wallet.ledger
            where /*new transaction_id > @ledger and*/ type = 'ADJUSTMENT' and (reason is null or amount = 0)
            """),
    ];
}
