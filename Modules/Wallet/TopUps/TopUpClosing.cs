using Microsoft.Extensions.Options;

namespace Shop.Wallet.TopUps;

/// <summary>
/// Ends the top-ups of a wallet that is closed: the shop asks the provider to take no more money. It still credits
/// money that was taken by then, which stays in the books.
/// </summary>
internal sealed class TopUpClosing(Db db, IOptions<TopUpOptions> options)
{
    private const string LockPending = """
        select leased_until > (select shop.now()) or asked_at is not null
        from wallet.top_ups where user_id = @userId and status = 'PENDING'
        order by top_up_id for no key update
        """;

    // One that was asked about stays PENDING until its answer is known. A confirm that has not asked yet loses its
    // lease, without which it may not.
    private const string Expire = """
        update wallet.top_ups
        set status = 'EXPIRED', next_lookup_at = (select shop.now()) + make_interval(secs => @interval), lookups = 0,
            lease = null, leased_until = null
        where user_id = @userId and status = 'PENDING' and asked_at is null
        """;

    /// <returns>Whether a confirm of one is under way, or its answer not known.</returns>
    public async Task<bool> LockAsync(long userId, CancellationToken ct)
    {
        var isAny = false;
        db.QueueLock(
            LockOrder.TopUp,
            LockPending,
            row => isAny |= !row.IsDBNull(0) && row.GetBoolean(0),
            ("userId", userId));
        await db.FlushAsync(ct);
        return isAny;
    }

    /// <summary>
    /// Queues the end of those that no provider was asked to take money for. Behind the wallet's lock.
    /// </summary>
    public void QueueExpiry(long userId) =>
        db.Queue(Expire, ("userId", userId), ("interval", options.Value.LookupInterval.TotalSeconds));
}
