namespace Shop.BuildingBlocks.Outbox;

/// <summary>The statements of one module's outbox.</summary>
internal sealed class OutboxSql(string schema)
{
    /// <summary>The time that decides between hosts. As a subquery it is an index condition.</summary>
    public const string Now = "(select shop.now())";

    private static readonly string[] Columns =
        ["event_id", "type", "stream", "payload::text", "trace_parent", "occurred_at"];

    /// <summary>
    /// One dispatcher at a time for a module, over all instances; a crash frees it with its transaction. Handlers wait
    /// for locks as long as a batch's COMMIT may take, no more.
    /// </summary>
    public string TryLock { get; } =
        $"select pg_try_advisory_xact_lock({Key(schema)}), set_config('lock_timeout', '{LockTimeouts.First}', true)";

    /// <summary>The same lock, waited for.</summary>
    public string Lock { get; } =
        $"select set_config('lock_timeout', '15s', true), pg_advisory_xact_lock({Key(schema)})";

    /// <summary>
    /// The rows of now, never "after the last id seen": a lower id can commit later. Types that this build does not
    /// know wait for one that does.
    /// </summary>
    public string NextBatch { get; } = $"""
        select o.id, {Row("o")}
        from {schema}.outbox o where o.type = any(@types) order by o.id limit @limit
        """;

    /// <summary>Those of all builds.</summary>
    public string Subscriptions { get; } =
        $"select handler, event_type from {schema}.subscriptions where retired_at is null";

    /// <summary>Whether anything is set aside, and whether some of it is due for this build's handlers.</summary>
    public string AnyFailures { get; } = $"""
        select (
                select true from {schema}.outbox_failures
                where status <> 'DISCARDED' order by handler, stream, message_id limit 1) is not null,
            exists (
                select 1 from {schema}.outbox_failures
                where handler = any(@handlers) and status in ('WAITING', 'RETRYING') and next_attempt_at <= {Now})
        """;

    public string OpenFailures { get; } = $"""
        select distinct handler, stream from {schema}.outbox_failures
        where status <> 'DISCARDED' and handler = any(@handlers) and stream = any(@streams)
        """;

    public string Delete { get; } = $"delete from {schema}.outbox where id = any(@ids)";

    public string InsertFailures { get; } = $"""
        insert into {schema}.outbox_failures
            (message_id, event_id, type, stream, payload, trace_parent, occurred_at,
            handler, status, attempts, last_error, failed_at, next_attempt_at)
        select o.id, o.event_id, o.type, o.stream, o.payload, o.trace_parent, o.occurred_at,
            f.handler, f.status, f.attempts, f.error, {Now}, {Now} + f.pause
        from unnest(@ids, @handlers, @statuses, @attempts, @errors, @pauses)
            as f (id, handler, status, attempts, error, pause)
        join {schema}.outbox o on o.id = f.id
        order by o.id
        """;

    /// <summary>
    /// For each handler as many keys as are asked for whose first open failure is due and has failed before, or has
    /// not, and of each the failures in order of publishing. Failures behind one that is not due, a dead one too, wait
    /// for it.
    /// </summary>
    public string DueFailures { get; } = $"""
        select f.message_id, {Row("f")}, h.handler, f.id as failure_id, f.attempts,
            f.status in ('WAITING', 'RETRYING') and f.next_attempt_at <= {Now} as is_due
        from unnest(@handlers, @limits) as h (handler, size)
        cross join lateral (
            select k.*
            from (
                select d.stream from {schema}.outbox_failures d
                where d.handler = h.handler and d.status in ('WAITING', 'RETRYING') and d.next_attempt_at <= {Now}
                  and (d.attempts > 0) = @failed
                  and not exists (
                      select 1 from {schema}.outbox_failures earlier
                      where earlier.handler = d.handler and earlier.stream = d.stream
                        and earlier.message_id < d.message_id and earlier.status <> 'DISCARDED')
                order by d.next_attempt_at, d.message_id limit h.size) as due
            cross join lateral (
                select k.* from {schema}.outbox_failures k
                where k.handler = h.handler and k.stream = due.stream and k.status <> 'DISCARDED'
                order by k.message_id limit 100) as k
            order by k.message_id limit h.size) as f
        order by h.handler, f.message_id
        """;

    public string DeleteFailures { get; } = $"delete from {schema}.outbox_failures where id = any(@ids)";

    public string UpdateFailures { get; } = $"""
        update {schema}.outbox_failures f
        set status = u.status, attempts = u.attempts, last_error = u.error, failed_at = {Now},
            next_attempt_at = {Now} + u.pause
        from unnest(@ids, @statuses, @attempts, @errors, @pauses) as u (id, status, attempts, error, pause)
        where f.id = u.id
        """;

    /// <summary>Whether the build has a subscription that is not registered, or has retired one that is.</summary>
    public string IsChanged { get; } = $"""
        select exists (
                select 1 from unnest(@handlers, @types) as b (handler, event_type)
                where not exists (
                    select 1 from {schema}.subscriptions s
                    where s.handler = b.handler and s.event_type = b.event_type))
            or exists (select 1 from {schema}.subscriptions where handler = any(@retired) and retired_at is null)
        """;

    public string Register { get; } = $"""
        insert into {schema}.subscriptions (handler, event_type, registered_at)
        select b.handler, b.event_type, {Now} from unnest(@handlers, @types) as b (handler, event_type)
        on conflict do nothing
        """;

    public string Retire { get; } = $"""
        update {schema}.subscriptions set retired_at = {Now} where handler = any(@retired) and retired_at is null
        """;

    /// <summary>No handler will ever take these: a person decides.</summary>
    public string BuryOrphans { get; } = $"""
        update {schema}.outbox_failures f
        set status = 'DEAD', last_error = 'No handler is named ' || f.handler || ' any more.', failed_at = {Now}
        where f.status in ('WAITING', 'RETRYING') and f.handler <> all(@handlers)
          and not exists (select 1 from {schema}.subscriptions s where s.handler = f.handler and s.retired_at is null)
        """;

    private static string Row(string alias) => string.Join(", ", Columns.Select(column => $"{alias}.{column}"));

    private static string Key(string schema) => $"hashtextextended('outbox:{schema}', 0)";
}

/// <summary>How long an event handler waits for a lock.</summary>
internal static class LockTimeouts
{
    public const string First = "100ms";

    /// <summary>After one such wait of the same handler in the same round: another held row is told at once.</summary>
    public const string Further = "10ms";

    public const string Set = "select set_config('lock_timeout', @timeout, true)";
}
