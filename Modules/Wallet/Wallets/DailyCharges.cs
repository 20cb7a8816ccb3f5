using Microsoft.Extensions.Options;
using Shop.Wallet.TopUps;

namespace Shop.Wallet.Wallets;

/// <summary>
/// Reads what users have charged and may still top up on the shop's present day, where there is a limit for it.
/// </summary>
internal sealed class DailyCharges(Db db, IOptions<WalletOptions> options, IOptions<ShopOptions> shop)
{
    // A pending top-up may be paid at any moment, so it counts too.
    private const string SumToday = $"""
        select user_id, sum(amount)::bigint
        from (
            select user_id, amount from wallet.ledger
            where user_id = any(@users) and type = 'CHARGE'
                and occurred_at >= date_trunc('day', (select shop.now()), @zone)
            union all
            select user_id, amount from wallet.top_ups where user_id = any(@users) and {TopUpRow.IsPending}) as t
        group by user_id
        """;

    /// <summary>
    /// Queues the sums of the day. It stands behind the wallets' locks, and before the clock that dates the charges: a
    /// charge at midnight counts for the day that begins.
    /// </summary>
    /// <returns>Null without a limit: then nothing is read.</returns>
    public DailyAllowance? Queue(IReadOnlyCollection<long> userIds)
    {
        if (options.Value.DailyChargeLimit is not { } limit)
            return null;
        var allowance = new DailyAllowance(limit);
        db.QueueRead(
            SumToday,
            row => allowance.Take(row.GetInt64(0), row.GetInt64(1)),
            ("users", userIds.Distinct().ToArray()),
            ("zone", shop.Value.TimeZone));
        return allowance;
    }
}

/// <summary>The rest that each user may charge today.</summary>
internal sealed class DailyAllowance(long limit)
{
    private readonly Dictionary<long, long> taken = [];

    public long Limit => limit;

    public long RemainingOf(long userId) => Math.Max(0, limit - taken.GetValueOrDefault(userId));

    public void Take(long userId, long amount) => taken[userId] = taken.GetValueOrDefault(userId) + amount;
}
