using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Database;

namespace Shop.Ordering.DataPlatform;

/// <summary>
/// Takes deliveries to the data platform: claims some by lease in one short transaction, calls out without any, marks them in another. A crash in
/// between lets the lease run out and another worker repeats them, so each arrives at least once.
/// </summary>
internal sealed class DeliveryWorker(
    IServiceScopeFactory scopes, IDataPlatform platform, IOptions<DataPlatformOptions> options, TimeProvider time, ILogger<DeliveryWorker> log)
    : Worker(time, log)
{
    private const int BatchSize = 500;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    // The head of each order only: what comes later in an order waits until the earlier has arrived, also while that one is dead.
    // As a CTE it is evaluated once: a subquery of the WHERE may be for each row, and then takes its limit each time.
    private const string Claim = """
        with due as materialized (
            select c.delivery_id from ordering.deliveries c
            where c.status = 'PENDING' and c.next_attempt_at <= @now and (c.leased_until is null or c.leased_until <= @now)
              and not exists (select 1 from ordering.deliveries e where e.order_id = c.order_id and e.sequence < c.sequence)
            order by c.next_attempt_at, c.delivery_id
            limit @limit
            for update skip locked)
        update ordering.deliveries d set lease = @lease, leased_until = @until
        from due where d.delivery_id = due.delivery_id
        returning d.delivery_id, d.event_id, d.order_id, d.type, d.envelope, d.occurred_at, d.attempts
        """;

    // Guarded by the lease: who lost it to another worker has no say any more.
    private const string Forget = "delete from ordering.deliveries where lease = @lease and delivery_id = any(@ids)";

    private const string Fail = """
        update ordering.deliveries d
        set attempts = d.attempts + 1, last_error = f.error, lease = null, leased_until = null, next_attempt_at = f.next_attempt_at,
            status = case when d.attempts + 1 >= @maxAttempts then 'DEAD' else 'PENDING' end
        from unnest(@ids, @errors, @next) as f (delivery_id, error, next_attempt_at)
        where d.delivery_id = f.delivery_id and d.lease = @lease
        """;

    protected override string Name => "data-platform";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var lease = Guid.NewGuid();
        var claimed = await ClaimAsync(lease, ct);
        if (claimed.Count == 0)
            return 0;

        var failed = await platform.SendAsync(claimed, ct);

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var arrived = claimed.Where(delivery => !failed.ContainsKey(delivery.DeliveryId)).Select(delivery => delivery.DeliveryId).ToArray();
        // A host that stops still marks what has arrived: else all of it would be sent again when the lease runs out.
        await db.ExecuteAsync(Forget, new { lease, ids = arrived }, CancellationToken.None);
        if (failed.Count > 0)
            await FailAsync(db, lease, [.. claimed.Where(delivery => failed.ContainsKey(delivery.DeliveryId))], failed);
        return arrived.Length;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Poll, Time, ct);

    private async Task<IReadOnlyList<Delivery>> ClaimAsync(Guid lease, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var now = Time.UtcNow();
        await db.BeginAsync(ct);
        await db.KeepNoPlansAsync(ct);
        var claimed = await db.QueryAsync<Delivery>(Claim, new { lease, now, until = now + Lease, limit = BatchSize }, ct);
        await db.CommitAsync(ct);
        return [.. claimed.OrderBy(delivery => delivery.DeliveryId)];
    }

    private async Task FailAsync(Db db, Guid lease, List<Delivery> deliveries, IReadOnlyDictionary<long, string> errors)
    {
        var now = Time.UtcNow();
        Log.LogWarning("{Count} deliveries to the data platform failed: {Error}", deliveries.Count, errors.Values.First());
        await db.ExecuteAsync(
            Fail,
            new
            {
                lease,
                options.Value.MaxAttempts,
                ids = deliveries.ConvertAll(delivery => delivery.DeliveryId).ToArray(),
                errors = deliveries.ConvertAll(delivery => errors[delivery.DeliveryId]).ToArray(),
                next = deliveries.ConvertAll(NextAttempt).ToArray(),
            },
            CancellationToken.None);

        DateTime NextAttempt(Delivery delivery) =>
            (now + Backoff.After(delivery.Attempts + 1, options.Value.RetryDelay, options.Value.MaxRetryDelay)).UtcDateTime;
    }
}
