using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Deliveries;

namespace Shop.Webhooks.Deliveries;

/// <summary>The deliveries to one webhook.</summary>
internal sealed class WebhookQueue(
    Guid webhookId, string name, IServiceScopeFactory scopes, DeliveryOptions options, ILogger log)
    : LeasedDeliveries(scopes, options, name, log)
{
    private const string SelectTarget = $"""
        select {WebhookTarget.Columns} from webhooks.webhooks where webhook_id = @webhookId and status = 'ACTIVE'
        """;

    // The head of each stream only, as the data platform's claim does it, which says why it is written so.
    internal const string Claim = """
        with due as materialized (
            select c.delivery_id from webhooks.deliveries c
            where c.webhook_id = @webhookId and c.status = 'PENDING' and c.next_attempt_at <= (select shop.now())
              and (c.leased_until is null or c.leased_until <= (select shop.now()))
              and coalesce((
                  select false from webhooks.deliveries e
                  where e.webhook_id = c.webhook_id and e.stream = c.stream and e.delivery_id < c.delivery_id
                    and e.status in ('PENDING', 'DEAD') limit 1), true)
            order by c.next_attempt_at, c.delivery_id
            limit @limit
            for update skip locked)
        update webhooks.deliveries set lease = @lease, leased_until = (select shop.now()) + @leasedFor
        where delivery_id = any((select array_agg(delivery_id) from due)::bigint[])
        returning delivery_id, event_id, stream, envelope, attempts, failures, lease,
            leased_until - @leasedFor as claimed_at
        """;

    private const string Arrive = """
        update webhooks.deliveries d
        set status = 'DELIVERED', attempts = d.attempts + 1, delivered_at = (select shop.now()), lease = null,
            leased_until = null, last_status = a.status, last_answer = a.answer, last_error = null
        from unnest(@ids, @statuses, @answers) as a (delivery_id, status, answer)
        where d.delivery_id = a.delivery_id and d.lease = @lease
        """;

    private const string Release = """
        update webhooks.deliveries set lease = null, leased_until = null
        where delivery_id = any(@ids) and lease = @lease
        """;

    internal const string Fail = """
        update webhooks.deliveries d
        set attempts = d.attempts + a.counted, failures = d.failures + a.slowed, last_error = a.error,
            last_status = a.status, last_answer = a.answer, failed_at = (select shop.now()),
            lease = null, leased_until = null, next_attempt_at = (select shop.now()) + a.pause,
            status = case when a.counted > 0 and d.attempts + a.counted >= @maxAttempts then 'DEAD' else 'PENDING' end
        from unnest(@ids, @counted, @slowed, @errors, @statuses, @answers, @pauses)
            as a (delivery_id, counted, slowed, error, status, answer, pause)
        where d.delivery_id = a.delivery_id and d.lease = @lease
        """;

    private PostTarget? target;

    /// <summary>Where the webhook was when deliveries were last claimed.</summary>
    public PostTarget Target => target ?? throw new InvalidOperationException("Nothing has been claimed.");

    protected override (string Arrive, string Release, string Fail) Marks => (Arrive, Release, Fail);

    protected override async Task<IReadOnlyList<Delivery>> ClaimAsync(Db db, int limit, CancellationToken ct)
    {
        if (await db.QuerySingleOrDefaultAsync<WebhookTarget>(SelectTarget, new { webhookId }, ct) is not { } found)
            return [];
        target = found.ToPostTarget();
        return await db.QueryAsync<Delivery>(
            Claim, new { webhookId, lease = Guid.NewGuid(), LeasedFor, limit }, ct);
    }
}
