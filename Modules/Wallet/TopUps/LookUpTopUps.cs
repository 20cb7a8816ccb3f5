using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;
using Shop.Wallet.TopUps.Providers;

namespace Shop.Wallet.TopUps;

/// <summary>
/// Asks the provider about top-ups whose confirm's answer was lost, and about those that have expired, for a day. It
/// asks what became of them and takes no money. Instances share the work.
/// </summary>
internal sealed class LookUpTopUps(
    Transactions transactions,
    TopUpSettling settling,
    ProviderCalls calls,
    PaymentEventSignal signal,
    IOptions<TopUpOptions> options,
    TimeProvider time,
    ILogger<LookUpTopUps> log) : Worker(time, log)
{
    private const int ExpiryBatch = 500;
    private const int CallBatch = 16;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    // A top-up that a confirm is busy with is left to it.
    private const string Expire = """
        with due as (
            select top_up_id from wallet.top_ups
            where status = 'PENDING' and asked_at is null and expires_at <= (select shop.now())
                and (leased_until is null or leased_until <= (select shop.now()))
            order by expires_at
            limit @limit
            for no key update skip locked)
        update wallet.top_ups t
        set status = 'EXPIRED', next_lookup_at = (select shop.now()) + make_interval(secs => @interval), lookups = 0,
            lease = null, leased_until = null
        from due
        where t.top_up_id = due.top_up_id
        """;

    // Due again before the lease ends would be asked twice at once.
    private const string Claim = """
        with due as (
            select top_up_id from wallet.top_ups
            where next_lookup_at <= (select shop.now()) and provider = @provider
                and (leased_until is null or leased_until <= (select shop.now()))
            order by next_lookup_at
            limit @limit
            for no key update skip locked)
        update wallet.top_ups t
        set lease = gen_random_uuid(), leased_until = (select shop.now()) + make_interval(secs => @lease),
            next_lookup_at = (select shop.now()) + make_interval(secs => @lease), looked_up_at = (select shop.now()),
            lookups = lookups + 1
        from due
        where t.top_up_id = due.top_up_id
        returning t.top_up_id, t.user_id, t.amount, t.status, t.provider, t.transaction_id, t.reason, t.created_at,
            t.expires_at, t.lease, t.leased_until, t.asked_at, t.given_back, t.lookups
        """;

    private sealed record ClaimedRow(
        Guid TopUpId,
        long UserId,
        long Amount,
        TopUpStatus Status,
        string Provider,
        long? TransactionId,
        string? Reason,
        DateTimeOffset CreatedAt,
        DateTimeOffset ExpiresAt,
        Guid? Lease,
        DateTimeOffset? LeasedUntil,
        DateTimeOffset? AskedAt,
        long GivenBack,
        int Lookups)
        : TopUpRow(
            TopUpId, UserId, Amount, Status, Provider, TransactionId, Reason, CreatedAt, ExpiresAt, Lease, LeasedUntil,
            AskedAt, GivenBack);

    protected override string Name => "top-up-lookup";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var expired = await ExpireAsync(ct);
        var claimed = await ClaimAsync(ct);
        // A host that stops waits for what has left it, for the time of one call at most.
        await Task.WhenAll(claimed.Select(LookUpAsync));
        return expired + claimed.Count;
    }

    protected override Task PauseAsync(CancellationToken ct) => signal.WaitAsync(Poll, Time, ct);

    private async Task LookUpAsync(ClaimedRow row)
    {
        var leased = new LeasedTopUp(row, row.Lease!.Value, IsExpired: false, row.AskedAt is not null);
        await settling.SettleAsync(leased, await calls.LookUpAsync(row), lookups: row.Lookups);
    }

    private Task<int> ExpireAsync(CancellationToken ct) => transactions.RunAsync(
        (scope, token) => scope.GetRequiredService<Db>().ExecuteAsync(
            Expire, new { limit = ExpiryBatch, interval = options.Value.LookupInterval.TotalSeconds }, token),
        ct);

    private async Task<IReadOnlyList<ClaimedRow>> ClaimAsync(CancellationToken ct) => calls.Provider is { } provider
        ? await transactions.RunAsync(
            (scope, token) => scope.GetRequiredService<Db>().QueryAsync<ClaimedRow>(
                Claim,
                new { provider = provider.Name, limit = CallBatch, lease = options.Value.Lease.TotalSeconds },
                token),
            ct)
        : [];
}
