using Shop.BuildingBlocks.Outbox;

namespace Shop.Ordering.DataPlatform;

/// <summary>The backlog of deliveries to the data platform.</summary>
internal sealed class DeliveryBacklog(Db db) : IBacklog
{
    private const string Handler = "data-platform";

    // Each by the index of its status.
    private const string SelectState = """
        select p.pending, (select shop.now()) - p.oldest as oldest_age, p.retrying,
            (select count(*) from ordering.deliveries where status = 'DEAD') as dead
        from (
            select count(*) filter (where last_error is null) as pending,
                count(*) filter (where last_error is not null) as retrying, min(occurred_at) as oldest
            from ordering.deliveries where status = 'PENDING') p
        """;

    private const string Letter = $"""
        delivery_id as number, event_id, type, '{Handler}' as handler, attempts, last_error, failed_at,
            envelope as payload
        """;

    private const string SelectDead = $"""
        select {Letter} from ordering.deliveries
        where status = 'DEAD' and (@failedAt::timestamptz is null or (failed_at, delivery_id) < (@failedAt, @number))
        order by failed_at desc, delivery_id desc limit @limit
        """;

    // Later events of the order wait on: the claim takes the head of each order only.
    private const string Revive =
        "set status = 'PENDING', attempts = 0, failures = 0, next_attempt_at = (select shop.now())";

    private const string Retry =
        $"update ordering.deliveries {Revive} where delivery_id = @number and status = 'DEAD' returning {Letter}";

    private const string RetryAll = $"update ordering.deliveries {Revive} where status = 'DEAD'";

    private const string Discard = $"""
        update ordering.deliveries set status = 'DISCARDED', discard_reason = @reason,
            discarded_at = (select shop.now())
        where delivery_id = @number and status = 'DEAD' returning {Letter}
        """;

    private const string ClearDiscarded = """
        delete from ordering.deliveries where delivery_id in (
            select delivery_id from ordering.deliveries where status = 'DISCARDED'
                and discarded_at <= (select shop.now()) - @kept
            order by discarded_at limit @limit for update skip locked)
        """;

    public string Name => Handler;

    public string Module => "ordering";

    public BacklogKind Kind => BacklogKind.Deliveries;

    public Task<BacklogState> ReadStateAsync(CancellationToken ct) => db.QuerySingleAsync<BacklogState>(
        SelectState, null, ct);

    public Task<IReadOnlyList<DeadLetter>> ListDeadAsync(DeadLetterPlace? after, int limit, CancellationToken ct) =>
        db.QueryAsync<DeadLetter>(SelectDead, new { after?.FailedAt, after?.Number, limit }, ct);

    public Task<DeadLetter?> RetryAsync(long number, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<DeadLetter>(Retry, new { number }, ct);

    public Task<int> RetryAllAsync(string? handler, CancellationToken ct) => handler is null or Handler
        ? db.ExecuteAsync(RetryAll, null, ct)
        : Task.FromResult(0);

    public Task<DeadLetter?> DiscardAsync(long number, string reason, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<DeadLetter>(Discard, new { number, reason }, ct);

    public Task<int> ClearDiscardedAsync(TimeSpan kept, int limit, CancellationToken ct) =>
        db.ExecuteAsync(ClearDiscarded, new { kept, limit }, ct);
}
