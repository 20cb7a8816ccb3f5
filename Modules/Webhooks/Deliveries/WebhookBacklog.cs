using Shop.BuildingBlocks.Outbox;

namespace Shop.Webhooks.Deliveries;

/// <summary>The backlog of deliveries to webhooks.</summary>
internal sealed class WebhookBacklog(Db db) : IBacklog
{
    // Each by the index of its status.
    private const string SelectState = """
        select p.pending, (select shop.now()) - p.oldest as oldest_age, p.retrying,
            (select count(*) from webhooks.deliveries where status = 'DEAD') as dead
        from (
            select count(*) filter (where d.last_error is null) as pending,
                count(*) filter (where d.last_error is not null) as retrying, min(d.occurred_at) as oldest
            from webhooks.webhooks w
            join webhooks.deliveries d on d.webhook_id = w.webhook_id and d.status = 'PENDING'
            where w.status = 'ACTIVE') p
        """;

    private const string Letter = """
        delivery_id as number, event_id, type, 'webhook-' || webhook_id as handler, attempts, last_error, failed_at,
            envelope as payload
        """;

    private const string SelectDead = $"""
        select {Letter} from webhooks.deliveries
        where status = 'DEAD' and (@failedAt::timestamptz is null or (failed_at, delivery_id) < (@failedAt, @number))
        order by failed_at desc, delivery_id desc limit @limit
        """;

    // Later events of the stream wait on: the claim takes the head of each stream only.
    private const string Revive =
        "set status = 'PENDING', attempts = 0, failures = 0, next_attempt_at = (select shop.now())";

    private const string Retry =
        $"update webhooks.deliveries {Revive} where delivery_id = @number and status = 'DEAD' returning {Letter}";

    private const string RetryAll = $"""
        update webhooks.deliveries {Revive}
        where status = 'DEAD' and (@handler::text is null or 'webhook-' || webhook_id = @handler)
        """;

    private const string Discard = $"""
        update webhooks.deliveries set status = 'DISCARDED', discard_reason = @reason,
            discarded_at = (select shop.now())
        where delivery_id = @number and status = 'DEAD' returning {Letter}
        """;

    private const string ClearDiscarded = """
        delete from webhooks.deliveries where delivery_id = any(array(
            select delivery_id from webhooks.deliveries
            where status = 'DISCARDED' and discarded_at <= (select shop.now()) - @kept
            order by discarded_at limit @limit for update skip locked))
        """;

    public string Name => "webhook";

    public string Module => "webhooks";

    public BacklogKind Kind => BacklogKind.Deliveries;

    public Task<BacklogState> ReadStateAsync(CancellationToken ct) => db.QuerySingleAsync<BacklogState>(
        SelectState, null, ct);

    public Task<IReadOnlyList<DeadLetter>> ListDeadAsync(DeadLetterPlace? after, int limit, CancellationToken ct) =>
        db.QueryAsync<DeadLetter>(SelectDead, new { after?.FailedAt, after?.Number, limit }, ct);

    public Task<DeadLetter?> RetryAsync(long number, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<DeadLetter>(Retry, new { number }, ct);

    public Task<int> RetryAllAsync(string? handler, CancellationToken ct) =>
        db.ExecuteAsync(RetryAll, new { handler }, ct);

    public Task<DeadLetter?> DiscardAsync(long number, string reason, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<DeadLetter>(Discard, new { number, reason }, ct);

    public Task<int> ClearDiscardedAsync(TimeSpan kept, int limit, CancellationToken ct) =>
        db.ExecuteAsync(ClearDiscarded, new { kept, limit }, ct);
}
