using System.Diagnostics;
using System.Globalization;

namespace Shop.Chaos;

/// <summary>
/// Checks the shop as a whole once it is calm: it has delivered all events by itself, lost none, and its audit finds
/// nothing.
/// </summary>
internal sealed class BooksChecker(IDatabase database, IPlatform platform, Client client, History history)
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(60);

    private const string Schemas =
        "select string_agg(schemaname, ' ' order by schemaname) from pg_tables where tablename = 'outbox'";

    private const string Deliveries = "ordering.deliveries where status in ('PENDING', 'DEAD')";

    private const string WaitingInQueue = "coupons.requests where status = 'WAITING'";

    // With the number of its partial refunds: the refund of the last piece is none.
    private const string ClosedOrders = """
        select coalesce(string_agg(format('%s %s %s', order_id, status, refunds - is_last::int), E'\n'), '')
        from (
            select order_id, status, refunds, status = 'REFUNDED' and refunds > 0 and
                (select sum(quantity) from ordering.order_lines l where l.order_id = o.order_id)
                = (select sum(quantity) from ordering.refunds join ordering.refund_lines using (refund_id)
                    where refunds.order_id = o.order_id) as is_last
            from ordering.orders o
            where status <> 'CREATED') as o
        """;

    public async Task CheckAsync(string admin)
    {
        await CheckArrivalsAsync();
        await AuditAsync(admin);
    }

    /// <summary>Waits until the hosts have delivered all events and processed the coupon queues.</summary>
    public async Task DrainAsync()
    {
        var schemas = (await database.QueryAsync<string>(Schemas)).Split(' ');
        string[] underWay =
        [
            .. schemas.SelectMany(schema => (string[])[$"{schema}.outbox", $"{schema}.outbox_failures"]),
            Deliveries,
            WaitingInQueue,
        ];
        string[] dead =
        [
            .. schemas.Select(schema => $"{schema}.outbox_failures where status in ('DEAD', 'DISCARDED')"),
            "ordering.deliveries where status = 'DEAD'",
        ];

        for (var waited = Stopwatch.StartNew(); await CountAsync(underWay) > 0; await Task.Delay(200))
        {
            if (await CountAsync(dead) > 0 || waited.Elapsed > DrainTime)
            {
                await ReportAsync([.. underWay, .. dead], waited.Elapsed);
                return;
            }
        }
    }

    private async Task ReportAsync(IEnumerable<string> tables, TimeSpan waited)
    {
        foreach (var table in tables)
        {
            if (await CountAsync(table) is var count and > 0)
                history.Violate($"after {waited.TotalSeconds:0} calm seconds there are {count} rows in {table}");
        }
    }

    // Orders expire while this is read, so the orders are read first, and then their events are waited for.
    private async Task CheckArrivalsAsync()
    {
        var closed = (await database.QueryAsync<string>(ClosedOrders)).Split(
            '\n', StringSplitOptions.RemoveEmptyEntries);
        await DrainAsync();
        var arrivals = platform.Arrivals().ToLookup(arrival => arrival.OrderId);
        foreach (var order in closed)
        {
            var (orderId, status, partly) = (
                Guid.Parse(order.Split(' ')[0]),
                order.Split(' ')[1],
                int.Parse(order.Split(' ')[2], CultureInfo.InvariantCulture));
            string[] types =
            [
                status == "REFUNDED" ? "paid" : status.ToLowerInvariant(),
                .. Enumerable.Repeat("partially_refunded", partly),
                .. status == "REFUNDED" ? (string[])["refunded"] : [],
            ];
            CheckArrivals(
                orderId, [.. types.Select((type, i) => $"{i + 1} order.{type}")], [.. arrivals[orderId]]);
        }
    }

    // Repeats may come, and late; first deliveries must come in order.
    private void CheckArrivals(Guid orderId, string[] expected, Arrival[] arrivals)
    {
        var events = arrivals.DistinctBy(arrival => arrival.EventId).ToList();
        if (!events.OrderBy(arrival => arrival.Sequence)
            .Select(arrival => $"{arrival.Sequence} {arrival.Type}")
            .SequenceEqual(expected))
            history.Violate(
                $"the data platform got [{string.Join(
                    ", ", events)}] of order {orderId}, not [{string.Join(", ", expected)}]");
        foreach (var place in arrivals.GroupBy(arrival => arrival.Place))
        {
            var firsts = place.DistinctBy(arrival => arrival.EventId).Select(arrival => arrival.Sequence).ToList();
            if (!firsts.SequenceEqual(firsts.Order()))
                history.Violate(
                    $"the data platform first got the events of order {orderId} in the order {string.Join(
                        ", ", firsts)}");
        }
    }

    private async Task AuditAsync(string admin)
    {
        var audit = await client.AskAsync(admin, shop => shop.RunAuditAsync());
        history.NoteAudit(audit.IsSuccess && audit["consistent"].GetBoolean());
        if (!audit.IsSuccess)
            history.Violate($"the audit failed: {audit}");
        else if (!audit["consistent"].GetBoolean())
            history.Violate(
                $"the books do not agree: {string.Join(
                    "; ",
                    audit["checks"].EnumerateArray().Where(check => check.GetProperty("violations").GetInt64() > 0))}");
    }

    private async Task<long> CountAsync(params string[] tables) =>
        await database.QueryAsync<long>(
            $"select {string.Join(" + ", tables.Select(table => $"(select count(*) from {table})"))}");
}
