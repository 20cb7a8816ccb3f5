using System.Data.Common;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Wallet.Contracts;
using Shop.Wallet.TopUps.Providers;
using Shop.Wallet.Wallets;

namespace Shop.Wallet.TopUps;

/// <param name="TopUp">As it was when the lease was taken.</param>
/// <param name="Lease">Names the lease: a later holder's is another.</param>
/// <param name="IsExpired">The provider is asked what became of it, and not to take money.</param>
/// <param name="WasAsked">An earlier confirm's answer was lost.</param>
/// <param name="Activity">Of a confirm by staff or an API key.</param>
/// <param name="HasAsked">This confirm has asked the provider to take the money.</param>
internal sealed record LeasedTopUp(
    TopUpRow TopUp, Guid Lease, bool IsExpired, bool WasAsked, ConfirmActivity? Activity = null, bool HasAsked = false);

/// <summary>
/// The transactions before and after a call to the provider. A lease on the row keeps two hosts from asking at once;
/// the row's status, under its lock, has the money credited once, whoever brings the news.
/// </summary>
internal sealed class TopUpSettling(
    Transactions transactions, IOptions<TopUpOptions> options, ILogger<TopUpSettling> log)
{
    public static readonly TimeSpan LookedUpAfterExpiry = TimeSpan.FromHours(24);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private static readonly LockStatement LockTopUps = new(
        LockOrder.TopUp,
        "wallet.top_ups",
        $"{TopUpRow.Select} where top_up_id = any(@keys) order by top_up_id for no key update",
        "select top_up_id from wallet.top_ups where top_up_id = any(@keys)");

    private const string TakeLease = """
        update wallet.top_ups set lease = @lease, leased_until = @until where top_up_id = @topUpId
        """;

    // Before the call, so that a host that dies meanwhile leaves it to the worker.
    private const string MarkAsked = """
        update wallet.top_ups
        set asked_at = (select shop.now()), next_lookup_at = (select shop.now()) + make_interval(secs => @interval),
            lookups = 0, asked_by = @askedBy
        where top_up_id = @topUpId
        """;

    private const string SelectAskedBy = "select asked_by from wallet.top_ups where top_up_id = @topUpId";

    private const string Complete = """
        update wallet.top_ups
        set status = 'COMPLETED', provider_payment_id = @paymentId, transaction_id = @transactionId, settled_at = @now,
            given_back = @givenBack, reason = null, lease = null, leased_until = null, asked_at = null,
            asked_by = null, next_lookup_at = null
        where top_up_id = @topUpId
        """;

    private const string Fail = """
        update wallet.top_ups
        set status = 'FAILED', reason = @reason, settled_at = @now, lease = null, leased_until = null, asked_at = null,
            asked_by = null, next_lookup_at = @nextLookup
        where top_up_id = @topUpId
        """;

    private const string Release = """
        update wallet.top_ups
        set status = @status, lease = null, leased_until = null,
            asked_at = case when @isAnswered then null else asked_at end,
            asked_by = case when @isRefused then null else asked_by end, next_lookup_at = @nextLookup
        where top_up_id = @topUpId
        """;

    // Not by worker and confirm at once: each has locked the row.
    private const string IsUsed = """
        select 1 from wallet.top_ups
        where provider = @provider and provider_payment_id = @paymentId and top_up_id <> @topUpId
        """;

    /// <summary>Takes the lease for a confirm, within which the provider is asked.</summary>
    /// <returns>Null where the top-up is settled.</returns>
    /// <exception cref="ErrorException">404, or 409 while another has the lease.</exception>
    public Task<LeasedTopUp?> LeaseAsync(Guid topUpId, Caller caller) =>
        transactions.RunAsync<LeasedTopUp?>(
            async (scope, ct) =>
            {
                var db = scope.GetRequiredService<Db>();
                var (row, _, now) = await LockAsync(db, topUpId, ct);
                if (row is null || !caller.MayActFor(row.UserId))
                    throw new ErrorException(WalletErrors.TopUpNotFound.Of(topUpId));
                if (row.IsSettled)
                    return null;
                if (row.IsLeasedAt(now))
                    throw new ErrorException(WalletErrors.TopUpInProgress.Of());
                var lease = Guid.NewGuid();
                db.QueueWrite(
                    TakeLease, 1, ("topUpId", topUpId), ("lease", lease), ("until", now + options.Value.Lease));
                return new LeasedTopUp(
                    row,
                    lease,
                    IsExpired: row.Status == TopUpStatus.Expired || row.ExpiresAt <= now,
                    WasAsked: row.AskedAt is not null);
            },
            CancellationToken.None);

    /// <summary>Notes that the provider is about to be asked to take the money.</summary>
    /// <exception cref="ErrorException">409: the lease has run out, or an erasure has ended the top-up.</exception>
    public Task MarkAskedAsync(LeasedTopUp leased) => transactions.RunAsync(
        async (scope, ct) =>
        {
            var (db, topUpId) = (scope.GetRequiredService<Db>(), leased.TopUp.TopUpId);
            var (row, askedBy, _) = await LockAsync(db, topUpId, ct);
            if (row!.Status == TopUpStatus.Expired)
                throw new ErrorException(WalletErrors.TopUpExpired.Of());
            if (row.Status != TopUpStatus.Pending || row.Lease != leased.Lease)
                throw new ErrorException(WalletErrors.TopUpInProgress.Of());
            db.QueueWrite(
                MarkAsked,
                1,
                ("topUpId", topUpId),
                ("interval", options.Value.LookupInterval.TotalSeconds),
                ("askedBy", (object?)leased.Activity?.Kept ?? DBNull.Value));
            ConfirmActivity.QueueReplaced(scope, askedBy, leased);
            return true;
        },
        CancellationToken.None);

    /// <summary>Writes down what the provider said.</summary>
    /// <param name="lookups">Of a question by the worker: how many went before, which makes the pauses longer.</param>
    /// <returns>Why it is not settled; null where it is.</returns>
    public async Task<Error?> SettleAsync(LeasedTopUp leased, ProviderAnswer answer, int lookups = 0)
    {
        try
        {
            return await transactions.RunAsync(
                (scope, ct) => SettleAsync(scope, leased, answer, lookups, ct), CancellationToken.None);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // The provider named one payment for two top-ups at the same moment: it is the other's.
            log.LogError("{Provider} named a payment twice: {Constraint}", leased.TopUp.Provider, error.ConstraintName);
            return await transactions.RunAsync(
                (scope, ct) => SettleAsync(scope, leased, new ProviderAnswer.NotTaken(), lookups, ct),
                CancellationToken.None);
        }
    }

    private async Task<Error?> SettleAsync(
        IServiceProvider scope, LeasedTopUp leased, ProviderAnswer answer, int lookups, CancellationToken ct)
    {
        var (db, topUpId) = (scope.GetRequiredService<Db>(), leased.TopUp.TopUpId);
        var (row, askedBy, now) = await LockAsync(db, topUpId, ct);
        if (row!.Status == TopUpStatus.Completed)
            return null;

        // Money that was taken is credited whoever holds the lease by now, of a payment too that came to its end after
        // another one for the same top-up was declined.
        if (answer is ProviderAnswer.Taken taken)
        {
            if (taken.IsFor(topUpId, row.Amount) && !await IsUsedAsync(db, row, taken.PaymentId, ct))
            {
                await CreditAsync(scope, row, taken, now, ct);
                ConfirmActivity.Queue(scope, askedBy, leased);
                return null;
            }

            log.LogError(
                "{Provider} took {TakenAmount} for {OrderId} as {PaymentId}, where top-up {TopUpId} is of {Amount}. "
                + "Nothing is credited",
                row.Provider,
                taken.Amount,
                taken.OrderId,
                taken.PaymentId,
                topUpId,
                row.Amount);
        }

        if (row.Lease != leased.Lease)
            return row.IsSettled ? null : WalletErrors.TopUpInProgress.Of();

        if (answer is ProviderAnswer.Declined declined && row.Status == TopUpStatus.Pending && row.AskedAt is not null)
        {
            // Of an earlier confirm, whose answer was lost, the provider is still asked.
            var next = leased.WasAsked ? NextLookup(row, TopUpStatus.Failed, isAnswered: true, lookups, now) : null;
            db.QueueWrite(
                Fail,
                1,
                ("topUpId", topUpId),
                ("reason", declined.Reason),
                ("now", now),
                ("nextLookup", (object?)next ?? DBNull.Value));
            ConfirmActivity.Queue(scope, askedBy, leased);
            return null;
        }

        var isAnswered = answer is ProviderAnswer.Declined or ProviderAnswer.NotTaken or ProviderAnswer.Taken;
        var isOpen = row.ExpiresAt > now || (!isAnswered && row.AskedAt is not null);
        var status = row.Status == TopUpStatus.Failed ? TopUpStatus.Failed
            : row.Status == TopUpStatus.Pending && isOpen ? TopUpStatus.Pending
            : TopUpStatus.Expired;
        db.QueueWrite(
            Release,
            1,
            ("topUpId", topUpId),
            ("status", EnumNames.Of(status)),
            ("isAnswered", isAnswered),
            ("isRefused", isAnswered && leased.HasAsked),
            ("nextLookup", (object?)NextLookup(row, status, isAnswered, lookups, now) ?? DBNull.Value));
        return answer switch
        {
            _ when row.IsSettled => null,
            ProviderAnswer.None => CommandErrors.Unavailable.Of(
                "The payment provider does not answer. The top-up is settled once it does."),
            ProviderAnswer.UnderWay => WalletErrors.TopUpInProgress.Of(),
            _ when status == TopUpStatus.Expired => WalletErrors.TopUpExpired.Of(),
            _ => WalletErrors.PaymentMismatch.Of(),
        };
    }

    // PENDING: while a confirm's answer is lost. EXPIRED and FAILED: for a day, in growing pauses.
    private DateTimeOffset? NextLookup(
        TopUpRow row, TopUpStatus status, bool isAnswered, int lookups, DateTimeOffset now)
    {
        var interval = options.Value.LookupInterval;
        if (status == TopUpStatus.Pending)
            return row.AskedAt is null || isAnswered ? null : now + interval;
        var pause = interval * Math.Pow(2, Math.Min(lookups, 20));
        var next = now + (pause < LongestPause ? pause : LongestPause);
        return next <= row.ExpiresAt + LookedUpAfterExpiry ? next : null;
    }

    private static async Task<bool> IsUsedAsync(Db db, TopUpRow row, string paymentId, CancellationToken ct) =>
        await db.QuerySingleOrDefaultAsync<int?>(IsUsed, new { row.Provider, paymentId, row.TopUpId }, ct) is not null;

    // Rows of a closed wallet are credited too: the books tell what was taken, and a person can give it back.
    private async Task CreditAsync(
        IServiceProvider scope, TopUpRow row, ProviderAnswer.Taken taken, DateTimeOffset now, CancellationToken ct)
    {
        if (taken.GivenBack > 0)
        {
            log.LogWarning(
                "{Provider} has given back {GivenBack} of {PaymentId} for top-up {TopUpId}: the rest is credited",
                row.Provider,
                taken.GivenBack,
                taken.PaymentId,
                row.TopUpId);
        }

        var db = scope.GetRequiredService<Db>();
        var wallets = scope.GetRequiredService<WalletLocks>().LockToCharge([row.UserId]);
        var clock = db.QueueNow();
        await db.FlushAsync(ct);
        var entry = wallets.TopUp(row.UserId, row.Amount - taken.GivenBack, row.TopUpId);
        wallets.Write(clock.Value);
        db.QueueWrite(
            Complete,
            1,
            ("topUpId", row.TopUpId),
            ("paymentId", taken.PaymentId),
            ("transactionId", entry.TransactionId!.Value),
            ("givenBack", taken.GivenBack),
            ("now", now));
    }

    private static async Task<(TopUpRow? Row, string? AskedBy, DateTimeOffset Now)> LockAsync(
        Db db, Guid topUpId, CancellationToken ct)
    {
        TopUpRow? row = null;
        string? askedBy = null;
        Func<DbDataReader, TopUpRow>? parse = null;
        db.QueueLock(LockTopUps, [topUpId], read => row = (parse ??= read.GetRowParser<TopUpRow>())(read));
        db.QueueRead(
            SelectAskedBy, read => askedBy = read.IsDBNull(0) ? null : read.GetString(0), ("topUpId", topUpId));
        var clock = db.QueueNow();
        await db.FlushAsync(ct);
        return (row, askedBy, clock.Value);
    }
}
