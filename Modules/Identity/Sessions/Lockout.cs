using Microsoft.Extensions.Options;
using Shop.Identity.Contracts;
using Shop.Identity.Users;

namespace Shop.Identity.Sessions;

/// <summary>
/// Counts the attempts at an e-mail's password that did not succeed, by network and from everywhere, whether the e-mail
/// has an account or not: a lock of accounts alone would tell which e-mails have one.
/// </summary>
internal sealed class Lockout(
    Db db,
    AttemptsUnderWay attempts,
    PasswordLimiter limiter,
    SecurityLog security,
    IOptions<SignInLockoutOptions> options,
    ILogger<Lockout> log)
{
    /// <summary>How long a network that signed in is exempt from the lock for all networks.</summary>
    public static readonly TimeSpan NetworkRetention = TimeSpan.FromDays(30);

    private const string Everywhere = "*";

    // Of the common table expression that CountAttempt begins with: one time for all of it.
    private const string Now = "(select now from clock)";

    // A pool that is exhausted, or a database that is away, shall not hold the answer up for longer.
    private static readonly TimeSpan TakeBackTimeout = TimeSpan.FromSeconds(5);

    // A person's phone meets some networks a day; the oldest are forgotten first.
    private const int MaximumNetworks = 100;

    // Counted as failed before the password is looked at, in one statement, which commits by itself: so many guesses at
    // once get no more looks than as many one after the other. Each count reads the one before it, so that rows are
    // locked in one order: network, /48, everywhere.
    private static readonly string CountAttempt = $"""
        with clock as materialized (
            select shop.now() as now
        ), known as (
            select exists (
                select from identity.users u join identity.sign_in_networks n on n.user_id = u.user_id
                where u.normalized_email = @email and n.network = @network
                    and n.signed_in_at > {Now} - @retention) as known
        ), closed as (
            select max(a.locked_until) as locked_until
            from known k cross join identity.sign_in_attempts a
            where not k.known and a.normalized_email = @email and a.network in (@everywhere, @site)
                and a.locked_until > {Now}
        ), network as (
            {Count("@network", "closed where locked_until is null", "@max", "'-infinity'")}
        ), site as (
            {Count("@site", "network where failures <= @max and @site <> @network", "@total", $"{Now} - @duration")}
        ), everywhere as (
            {Count("@everywhere", """
                network left join site on true
                    where network.failures <= @max and (site.failures is null or site.failures <= @max)
                """, "@total", $"{Now} - @window")}
        )
        select greatest(
            (select locked_until from closed),
            (select locked_until from network where failures > @max),
            (select locked_until from site cross join known where failures > @total and not known),
            (select locked_until from everywhere cross join known where failures > @total and not known)) - {Now}
            as locked, {Now} as counted_at
        """;

    private static readonly string ClearCount = Remove("""
        delete from identity.sign_in_attempts where normalized_email = @email and network = @network
        returning least(failures, @max) as failures, attempted_at
        """);

    // A count that began anew, or was cleared, has the attempt no more. Without it the network is under its limit, so
    // a lock of the network goes: refused attempts, which stand as one more than the limit, are no failures.
    private static readonly string TakeBackAttempt = Remove("""
        update identity.sign_in_attempts set failures = least(failures, @max) - 1, locked_until = null
        where normalized_email = @email and network = @network and failures > 0 and started_at <= @countedAt
        returning 1 as failures, @countedAt as attempted_at
        """);

    private const string RememberNetwork = """
        insert into identity.sign_in_networks as n (user_id, network, signed_in_at)
            values (@userId, @network, (select shop.now()))
        on conflict (user_id, network) do update set signed_in_at = greatest(n.signed_in_at, excluded.signed_in_at)
        """;

    private const string ForgetOldest = """
        delete from identity.sign_in_networks where user_id = @userId and network in (
            select network from identity.sign_in_networks where user_id = @userId
            order by signed_in_at desc, network offset @maximum)
        """;

    /// <summary>
    /// Counts an attempt as failed; <see cref="QueueClear"/> and <see cref="TakeBackAsync"/> take that back.
    /// </summary>
    /// <returns>The right to hash and to use the database, to be disposed of when the attempt is over.</returns>
    /// <exception cref="ErrorException">
    /// 429 <c>identity.locked_out</c>; 429 <c>rate_limited</c>: too many attempts at this e-mail, or from this network,
    /// are under way; 503 <c>unavailable</c>: too many altogether.
    /// </exception>
    public async Task<Attempt> BeginAttemptAsync(
        string normalizedEmail, ClientNetwork network, CancellationToken ct)
    {
        var turn = await attempts.BeginAsync(normalizedEmail, network, ct);
        IDisposable? permit = null;
        try
        {
            permit = await limiter.AcquireAsync(network, ct);
            var countedAt = await CountAsync(normalizedEmail, network, ct);
            return new Attempt(normalizedEmail, network, countedAt, turn, permit);
        }
        catch
        {
            permit?.Dispose();
            turn.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes an attempt back that ended without a verdict on its password: none learnt from it. Where that fails, as
    /// without a database, it stays counted.
    /// </summary>
    public async Task TakeBackAsync(Attempt attempt)
    {
        using var limit = new CancellationTokenSource(TakeBackTimeout);
        try
        {
            await db.ExecuteAsync(
                TakeBackAttempt,
                new
                {
                    email = attempt.NormalizedEmail,
                    network = attempt.Network.ToString(),
                    site = attempt.Network.Site.ToString(),
                    everywhere = Everywhere,
                    max = options.Value.MaxFailedAttempts,
                    total = options.Value.MaxFailedAttemptsEverywhere,
                    countedAt = attempt.CountedAt,
                },
                limit.Token);
        }
        catch (Exception error)
        {
            // The caller is told why the attempt ended, not this.
            log.LogWarning(
                "An attempt to sign in that was not decided stays counted: {Reason}", Transient.Summary(error));
        }
    }

    /// <summary>
    /// Queues the end of the network's count, which it takes back from the counts of its /48 and of everywhere. A lock
    /// that others' failures set stays.
    /// </summary>
    public void QueueClear(string normalizedEmail, ClientNetwork network) => db.Queue(
        ClearCount,
        ("email", normalizedEmail),
        ("network", network.ToString()),
        ("site", network.Site.ToString()),
        ("everywhere", Everywhere),
        ("max", options.Value.MaxFailedAttempts),
        ("total", options.Value.MaxFailedAttemptsEverywhere));

    /// <summary>
    /// Queues that the network has signed in to the account. A bounded number is kept for each account.
    /// </summary>
    public void QueueRemember(long userId, ClientNetwork network)
    {
        db.Queue(RememberNetwork, ("userId", userId), ("network", network.ToString()));
        db.Queue(ForgetOldest, ("userId", userId), ("maximum", MaximumNetworks));
    }

    /// <returns>When it was counted, by the database's clock.</returns>
    private async Task<DateTimeOffset> CountAsync(string email, ClientNetwork network, CancellationToken ct)
    {
        var limits = options.Value;
        var (locked, countedAt) = await db.QuerySingleAsync<Counted>(
            CountAttempt,
            new
            {
                email,
                network = network.ToString(),
                site = network.Site.ToString(),
                everywhere = Everywhere,
                max = limits.MaxFailedAttempts,
                total = limits.MaxFailedAttemptsEverywhere,
                duration = limits.Duration,
                window = limits.Window,
                retention = NetworkRetention,
            },
            ct);
        if (locked is not { } pause)
            return countedAt;
        security.Write(SecurityEvent.LockedOut, network.ToString(), subject: null);
        throw new ErrorException(IdentityErrors.LockedOut.Of() with { RetryAfter = pause });
    }

    // Adds one to a row. The last attempt that the limit allows sets the lock, later ones see it; after the lock, or
    // where the count began before "since", it starts anew.
    private static string Count(string network, string from, string limit, string since)
    {
        var starts = $"coalesce(a.locked_until <= {Now}, a.started_at <= {since})";
        return $"""
            insert into identity.sign_in_attempts as a (
                normalized_email, network, failures, started_at, attempted_at, locked_until)
            select @email, {network}, 1, {Now}, {Now}, case when {limit} = 1 then {Now} + @duration end
            from {from}
            on conflict (normalized_email, network) do update set
                failures = case when {starts} then 1 else least(a.failures, {limit}) + 1 end,
                started_at = case when {starts} then {Now} else a.started_at end,
                attempted_at = {Now},
                locked_until = case
                    when a.locked_until > {Now} then a.locked_until
                    when case when {starts} then 1 else a.failures + 1 end >= {limit} then {Now} + @duration
                end
            returning failures, locked_until
            """;
    }

    // Takes back what a network adds to other counts. Rows are locked in the order of CountAttempt, since each update
    // reads the one before it. A /48 had added at most @max to the count of everywhere, and takes back what it no
    // longer accounts for.
    private static string Remove(string ofNetwork) => $"""
        with cleared as (
            {ofNetwork}
        ), site as (
            {Subtract("@site", "c.failures", "cleared c")} and @site <> @network
            returning least(a.failures + c.failures, @max) - least(a.failures, @max) as failures
        )
        {Subtract(
            "@everywhere",
            "case when @site = @network then c.failures else coalesce(site.failures, 0) end",
            "cleared c left join site on true")}
        """;

    // Takes from a row. The attempt that succeeds may be the one that reached the limit: then it takes the lock back
    // too, unless another came behind it.
    private static string Subtract(string network, string failures, string from) => $"""
        update identity.sign_in_attempts a
        set failures = greatest(a.failures - {failures}, 0), locked_until = null
        from {from}
        where a.normalized_email = @email and a.network = {network}
            and (a.locked_until is null or (a.failures = @total and a.attempted_at = c.attempted_at))
        """;

    private sealed record Counted(TimeSpan? Locked, DateTimeOffset CountedAt);

    /// <summary>An attempt that is counted, with its turn and its permit.</summary>
    public sealed class Attempt(
        string normalizedEmail, ClientNetwork network, DateTimeOffset countedAt, IDisposable turn, IDisposable permit)
        : IDisposable
    {
        public string NormalizedEmail => normalizedEmail;

        public ClientNetwork Network => network;

        public DateTimeOffset CountedAt => countedAt;

        public void Dispose()
        {
            permit.Dispose();
            turn.Dispose();
        }
    }
}
