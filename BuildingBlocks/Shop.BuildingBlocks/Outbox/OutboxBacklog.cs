using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>One module's events that have yet to reach their handlers.</summary>
internal sealed class OutboxBacklog(string schema, Db db) : IBacklog
{
    private const string Letter =
        "id as number, event_id, type, handler, attempts, last_error, failed_at, payload::text as payload";

    private string SelectState => $"""
        select o.pending, {OutboxSql.Now} - least(o.oldest, f.oldest) as oldest_age, f.retrying,
            (select count(*) from {schema}.outbox_failures where status = 'DEAD') as dead
        from (select count(*) as pending, min(occurred_at) as oldest from {schema}.outbox) o
        cross join (
            select count(*) as retrying, min(occurred_at) as oldest from {schema}.outbox_failures
                where status in ('WAITING', 'RETRYING')) f
        """;

    private string SelectDead => $"""
        select {Letter} from {schema}.outbox_failures
        where status = 'DEAD' and (@failedAt::timestamptz is null or (failed_at, id) < (@failedAt, @number))
        order by failed_at desc, id desc limit @limit
        """;

    // Of two that retry or discard at once, the second waits for the row and finds it no longer dead.
    private string Retry => $"""
        update {schema}.outbox_failures set status = 'RETRYING', attempts = 0, next_attempt_at = {OutboxSql.Now}
        where id = @number and status = 'DEAD' returning {Letter}
        """;

    private string RetryAll => $"""
        update {schema}.outbox_failures set status = 'RETRYING', attempts = 0, next_attempt_at = {OutboxSql.Now}
        where status = 'DEAD' and (@handler::text is null or handler = @handler)
        """;

    private string Discard => $"""
        update {schema}.outbox_failures set status = 'DISCARDED', discard_reason = @reason,
            discarded_at = {OutboxSql.Now}
        where id = @number and status = 'DEAD' returning {Letter}
        """;

    private string ClearDiscarded => $"""
        delete from {schema}.outbox_failures where id in (
            select id from {schema}.outbox_failures where status = 'DISCARDED'
                and discarded_at <= {OutboxSql.Now} - @kept
            order by discarded_at limit @limit for update skip locked)
        """;

    public string Name => schema;

    public string Module => schema;

    public BacklogKind Kind => BacklogKind.Events;

    public Task<BacklogState> ReadStateAsync(CancellationToken ct) => db.QuerySingleAsync<BacklogState>(
        SelectState, null, ct);

    public Task<IReadOnlyList<DeadLetter>> ListDeadAsync(DeadLetterPlace? after, int limit, CancellationToken ct) =>
        db.QueryAsync<DeadLetter>(SelectDead, new { after?.FailedAt, after?.Number, limit }, ct);

    public Task<DeadLetter?> RetryAsync(long number, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<DeadLetter>(Retry, new { number }, ct);

    public Task<int> RetryAllAsync(string? handler, CancellationToken ct) => db.ExecuteAsync(
        RetryAll, new { handler }, ct);

    public Task<DeadLetter?> DiscardAsync(long number, string reason, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<DeadLetter>(Discard, new { number, reason }, ct);

    public Task<int> ClearDiscardedAsync(TimeSpan kept, int limit, CancellationToken ct) =>
        db.ExecuteAsync(ClearDiscarded, new { kept, limit }, ct);
}
