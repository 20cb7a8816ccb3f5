using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Deliveries;

namespace Shop.Ordering.DataPlatform;

/// <summary>The deliveries to the data platform.</summary>
internal sealed class DeliveryQueue(
    IServiceScopeFactory scopes, IOptions<DataPlatformOptions> options, ILogger<DeliveryQueue> log)
    : LeasedDeliveries(scopes, options.Value, "the data platform", log)
{
    // The head of each order only: later deliveries of an order wait until it has arrived or was discarded, also while
    // it is dead. As a CTE it is evaluated once: a subquery of the WHERE may be for each row, and then takes its limit
    // each time. The subquery with a limit is looked up for each row, and what is due is found by an array of ids: as
    // NOT EXISTS and as a join each could become a join with the whole table, whose plan was made while there was
    // nothing to deliver.
    internal const string Claim = """
        with due as materialized (
            select c.delivery_id from ordering.deliveries c
            where c.status = 'PENDING' and c.next_attempt_at <= (select shop.now())
              and (c.leased_until is null or c.leased_until <= (select shop.now()))
              and coalesce((
                  select false from ordering.deliveries e
                  where e.order_id = c.order_id and e.sequence < c.sequence and e.status <> 'DISCARDED' limit 1), true)
            order by c.next_attempt_at, c.delivery_id
            limit @limit
            for update skip locked)
        update ordering.deliveries set lease = @lease, leased_until = (select shop.now()) + @leasedFor
        where delivery_id = any((select array_agg(delivery_id) from due)::bigint[])
        returning delivery_id, event_id, order_id::text as stream, envelope, attempts, failures, lease,
            leased_until - @leasedFor as claimed_at
        """;

    private const string Forget = "delete from ordering.deliveries where delivery_id = any(@ids) and lease = @lease";

    private const string Release =
        "update ordering.deliveries set lease = null, leased_until = null where delivery_id = any(@ids) "
        + "and lease = @lease";

    internal const string Fail = """
        update ordering.deliveries d
        set attempts = d.attempts + a.counted, failures = d.failures + a.slowed, last_error = a.error,
            failed_at = (select shop.now()),
            lease = null, leased_until = null, next_attempt_at = (select shop.now()) + a.pause,
            status = case when a.counted > 0 and d.attempts + a.counted >= @maxAttempts then 'DEAD' else 'PENDING' end
        from unnest(@ids, @counted, @slowed, @errors, @pauses) as a (delivery_id, counted, slowed, error, pause)
        where d.delivery_id = a.delivery_id and d.lease = @lease
        """;

    protected override (string Arrive, string Release, string Fail) Marks => (Forget, Release, Fail);

    protected override Task<IReadOnlyList<Delivery>> ClaimAsync(Db db, int limit, CancellationToken ct) =>
        db.QueryAsync<Delivery>(Claim, new { lease = Guid.NewGuid(), LeasedFor, limit }, ct);
}
