namespace Shop.BuildingBlocks.Outbox;

/// <summary>The statements of one module's outbox.</summary>
internal sealed class OutboxSql(string schema)
{
    // One dispatcher at a time for a module, over all instances; a crash frees it with its transaction.
    public string TryLock { get; } = $"select pg_try_advisory_xact_lock(hashtextextended('outbox:{schema}', 0))";

    // What is there now, never "after the last id seen": a lower id can commit later. Types that this build doesn't know wait for one that does.
    public string NextBatch { get; } = $"""
        select id, event_id, type, stream as ordering_key, payload::text as payload, trace_parent, occurred_at
        from {schema}.outbox where type = any(@types) order by id limit @limit
        """;

    public string Delete { get; } = $"delete from {schema}.outbox where id = any(@ids)";

    public string OpenFailures { get; } = $"""
        select distinct stream, handler from {schema}.outbox_failures where status <> 'DISCARDED' and handler = any(@handlers) and stream = any(@streams)
        """;

    public string InsertFailure { get; } = $"""
        insert into {schema}.outbox_failures
            (message_id, event_id, type, stream, payload, trace_parent, occurred_at, handler, status, attempts, last_error, failed_at, next_attempt_at)
        select id, event_id, type, stream, payload, trace_parent, occurred_at, @handler, @status, @attempts, @error::text, @now, @nextAttempt
        from {schema}.outbox where id = any(@ids) order by id
        """;

    // Only the head of each stream and handler is due: what stands behind an open failure, a dead one too, waits for it.
    public string DueFailures { get; } = $"""
        select f.id from {schema}.outbox_failures f
        where f.status in ('WAITING', 'RETRYING') and f.next_attempt_at <= @now
          and not exists (
              select 1 from {schema}.outbox_failures earlier
              where earlier.handler = f.handler and earlier.stream = f.stream and earlier.message_id < f.message_id and earlier.status <> 'DISCARDED')
        order by f.next_attempt_at, f.message_id limit @limit
        """;

    public string LockFailure { get; } = $"""
        select f.id, f.event_id, f.type, f.stream as ordering_key, f.payload::text as payload, f.trace_parent, f.occurred_at, f.handler, f.attempts
        from {schema}.outbox_failures f
        where f.id = @id and f.status in ('WAITING', 'RETRYING') and f.next_attempt_at <= @now
          and not exists (
              select 1 from {schema}.outbox_failures earlier
              where earlier.handler = f.handler and earlier.stream = f.stream and earlier.message_id < f.message_id and earlier.status <> 'DISCARDED')
        for update of f
        """;

    public string DeleteFailure { get; } = $"delete from {schema}.outbox_failures where id = @id";

    public string UpdateFailure { get; } = $"""
        update {schema}.outbox_failures
        set status = @status, attempts = @attempts, last_error = @error, failed_at = @now, next_attempt_at = @nextAttempt
        where id = @id
        """;
}
