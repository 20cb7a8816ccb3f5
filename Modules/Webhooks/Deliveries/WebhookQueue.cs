using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Deliveries;

namespace Shop.Webhooks.Deliveries;

/// <summary>The deliveries to one webhook.</summary>
/// <param name="reached">Is called with where the webhook is now, before its deliveries are sent.</param>
internal sealed class WebhookQueue(
    Guid webhookId, Action<PostTarget> reached, IServiceScopeFactory scopes, DeliveryOptions options, ILogger log)
    : IDeliveries
{
    // On top of the longest call: the time that a host may take to mark it.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

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

    // Guarded by the lease: a worker that has lost it changes nothing.
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

    public async Task<IReadOnlyList<Delivery>> ClaimAsync(int limit, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(ct);
        var target = await db.QuerySingleOrDefaultAsync<WebhookTarget>(SelectTarget, new { webhookId }, ct);
        var claimed = target is null
            ? []
            : await db.QueryAsync<Delivery>(
                Claim, new { webhookId, lease = Guid.NewGuid(), leasedFor = options.Timeout + Margin, limit }, ct);
        await db.CommitAsync(ct);
        if (target is not null)
            reached(target.ToPostTarget());
        return [.. claimed.OrderBy(delivery => delivery.DeliveryId)];
    }

    public async Task MarkAsync(IReadOnlyList<Attempt> attempts)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        foreach (var claimed in attempts.GroupBy(attempt => attempt.Delivery.Lease))
        {
            var lease = claimed.Key;
            var arrived = claimed.Where(attempt => attempt.Result == AttemptResult.Arrived).ToList();
            if (arrived.Count > 0)
                await db.ExecuteAsync(
                    Arrive,
                    new { ids = Ids(arrived), statuses = Statuses(arrived), answers = Answers(arrived), lease },
                    CancellationToken.None);
            var notTried = claimed.Where(attempt => attempt.Result == AttemptResult.NotTried).ToList();
            if (notTried.Count > 0)
                await db.ExecuteAsync(Release, new { ids = Ids(notTried), lease }, CancellationToken.None);
            if (claimed.Where(attempt => attempt.Error is not null).ToList() is { Count: > 0 } failed)
                await FailAsync(db, failed, lease);
        }
    }

    private async Task FailAsync(Db db, List<Attempt> failed, Guid lease)
    {
        await db.ExecuteAsync(
            Fail,
            new
            {
                maxAttempts = options.MaxAttempts,
                ids = Ids(failed),
                lease,
                counted = failed.ConvertAll(attempt => attempt.Result == AttemptResult.Refused ? 1 : 0).ToArray(),
                slowed = failed.ConvertAll(attempt => attempt.Result == AttemptResult.ProbeFailed ? 0 : 1).ToArray(),
                errors = failed.ConvertAll(attempt => attempt.Error!).ToArray(),
                statuses = Statuses(failed),
                answers = Answers(failed),
                pauses = failed.ConvertAll(options.Pauses.After).ToArray(),
            },
            CancellationToken.None);
        foreach (var attempt in failed.Where(options.IsDead))
            log.LogError(
                "Gave up on telling webhook {WebhookId} of {EventId}: {Error}",
                webhookId, attempt.Delivery.EventId, attempt.Error);
    }

    private static long[] Ids(List<Attempt> attempts) => [.. attempts.Select(attempt => attempt.Delivery.DeliveryId)];

    private static int?[] Statuses(List<Attempt> attempts) => [.. attempts.Select(attempt => attempt.Status)];

    private static string?[] Answers(List<Attempt> attempts) => [.. attempts.Select(attempt => attempt.Answer)];
}
