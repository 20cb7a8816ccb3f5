using Dapper;
using Npgsql;

namespace Shop.Host.Audit;

/// <summary>
/// How far the books are known to be consistent, and so where the check of what is new begins. Everything up to it was
/// visible to a consistent audit of all checks; later rows are checked again.
/// </summary>
/// <param name="CheckedAt">When it was taken.</param>
/// <param name="Ledger">The newest line of the ledger.</param>
/// <param name="Movements">The newest stock movement.</param>
/// <param name="EarlierMovements">One from before <paramref name="Orders"/>: their movements all come after it.</param>
/// <param name="Orders">
/// No id of an older order is smaller, but of those that are closed with all of their events handled.
/// </param>
internal sealed record AuditPosition(
    DateTimeOffset CheckedAt, long Ledger, long Movements, long EarlierMovements, Guid Orders)
{
    /// <summary>New orders and those that something new belongs to, as a common table expression.</summary>
    public const string Touched = """
        touched as materialized (
            select order_id from ordering.orders where order_id >= @orders
            union
            select order_id from catalog.stock_movements where movement_id > @movements and order_id is not null
            union
            select p.order_id
            from wallet.ledger l
            join payments.payments p on p.payment_id = l.reference
            where l.transaction_id > @ledger),

        """;

    // Order ids are UUIDv7 of the database's clock. A failover does not set that back by more than this, and no
    // transaction of the shop takes as long to commit.
    private const string Margin = "interval '10 minutes'";

    // One statement, so one snapshot. The fence keeps the look for open orders on their own small index.
    private const string Read = $$"""
        with oldest as materialized (
            select order_id from (
                (
                    select order_id from (select order_id from ordering.orders where status = 'CREATED' offset 0) unpaid
                    order by order_id limit 1)
                union all
                select case when stream ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then stream::uuid end from (
                    select stream from ordering.outbox
                    union
                    select stream from ordering.outbox_failures where status <> 'DISCARDED') under_way
                union all
                select rpad(
                    lpad(to_hex((extract(epoch from (select shop.now()) - {{Margin}}) * 1000)::bigint), 12, '0'), 32,
                        '0')::uuid
            ) candidates
            where order_id is not null
            order by order_id limit 1)
        select (select shop.now()) as CheckedAt,
            coalesce((select max(transaction_id) from wallet.ledger), 0) as Ledger,
            coalesce((select max(movement_id) from catalog.stock_movements), 0) as Movements,
            coalesce((
                select movement_id from catalog.stock_movements
                where occurred_at < - {{Margin}}
                    + to_timestamp(('x' || left(replace(oldest.order_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
                order by movement_id desc limit 1), 0) as EarlierMovements,
            order_id as Orders,
            pg_snapshot_xmax(pg_current_snapshot())::text as NextTransaction
        from oldest
        """;

    private const string AreOver = "select pg_snapshot_xmin(pg_current_snapshot()) >= @NextTransaction::xid8";

    private const string ReadStored = """
        select checked_at as CheckedAt, ledger as Ledger, movements as Movements,
            earlier_movements as EarlierMovements, orders as Orders
        from shop.audit_position
        """;

    // The later of two audits wins: both have found all consistent.
    private const string Store = """
        insert into shop.audit_position (checked_at, ledger, movements, earlier_movements, orders)
        values (@CheckedAt, @Ledger, @Movements, @EarlierMovements, @Orders)
        on conflict (single) do update set
            checked_at = excluded.checked_at, ledger = excluded.ledger, movements = excluded.movements,
            earlier_movements = excluded.earlier_movements, orders = excluded.orders
        """;

    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WaitPause = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Takes a position for an audit whose snapshot comes next. Ids are drawn before their transaction commits, so a
    /// smaller one than the newest may appear later: but all who write ledgers hold row locks before they draw an id,
    /// and so have a transaction id that the position's snapshot knows. Once the oldest running transaction is younger
    /// than that snapshot, each of them has ended, and the next snapshot has their rows.
    /// </summary>
    /// <returns>Null where a transaction goes on for too long: the last position then stays the last.</returns>
    public static async Task<AuditPosition?> TakeAsync(
        NpgsqlConnection connection, TimeProvider time, CancellationToken ct)
    {
        var read = new CommandDefinition(Read, cancellationToken: ct);
        var taken = await connection.QuerySingleAsync<Taken>(read);
        var areOver = new CommandDefinition(AreOver, new { taken.NextTransaction }, cancellationToken: ct);
        var started = time.GetTimestamp();
        while (!await connection.ExecuteScalarAsync<bool>(areOver))
        {
            if (time.GetElapsedTime(started) > WaitLimit)
                return null;
            await Task.Delay(WaitPause, time, ct);
        }

        return taken.Position;
    }

    /// <returns>That of the last consistent audit of all checks, or null where there was none.</returns>
    public static async Task<AuditPosition?> LastAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var read = new CommandDefinition(ReadStored, cancellationToken: ct);
        return (await connection.QuerySingleOrDefaultAsync<Stored>(read))?.Position;
    }

    public Task StoreAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteAsync(new CommandDefinition(Store, this, cancellationToken: ct));

    private record Stored(DateTime CheckedAt, long Ledger, long Movements, long EarlierMovements, Guid Orders)
    {
        public AuditPosition Position =>
            new(new DateTimeOffset(CheckedAt), Ledger, Movements, EarlierMovements, Orders);
    }

    private sealed record Taken(
        DateTime CheckedAt, long Ledger, long Movements, long EarlierMovements, Guid Orders, string NextTransaction)
        : Stored(CheckedAt, Ledger, Movements, EarlierMovements, Orders);
}
