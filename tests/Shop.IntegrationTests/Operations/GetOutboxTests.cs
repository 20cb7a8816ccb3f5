using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Outbox;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.DataPlatform;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class GetOutboxTests : DeadLetterTest
{
    [Fact]
    public async Task What_is_still_to_be_delivered_is_told_for_each_module_and_the_data_platform()
    {
        Assert.Equal(
            ["identity", "wallet", "catalog", "coupons", "ordering", "payments", "ranking", "webhooks"],
            (await StateAsync())["modules"].EnumerateArray().Select(
                module => module.GetProperty("module").GetString()));
        Assert.Equal(new Backlog(Pending: 0, Age: null, Retrying: 0, Dead: 0), await OrderingAsync());
        Assert.Equal(new Backlog(Pending: 0, Age: null, Retrying: 0, Dead: 0), await DeliveriesAsync());

        await PaidOrderAsync(await CreateProductAsync());
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        var (pending, age, retrying, dead) = await OrderingAsync();
        Assert.Equal((1, 0, 0), (pending, retrying, dead));
        Assert.InRange(age!.Value, 60, 119);

        await Shop.DeliverEventsAsync();
        Assert.Equal(new Backlog(Pending: 0, Age: null, Retrying: 0, Dead: 0), await OrderingAsync());
        Assert.Equal(1, (await DeliveriesAsync()).Pending);
        Assert.InRange((await DeliveriesAsync()).Age!.Value, 60, 119);
    }

    [Fact]
    public async Task What_fails_is_retrying_until_it_is_dead()
    {
        await UnreadableOrderAsync(await CreateProductAsync());
        Assert.Equal(new Backlog(Pending: 0, Age: null, Retrying: 0, Dead: Handlers.Length), await OrderingAsync());
        (await Admin.PostAsync("/admin/outbox/dead-letters/retry")).Expect(HttpStatusCode.Accepted);
        var (pending, age, retrying, dead) = await OrderingAsync();
        Assert.Equal((0, Handlers.Length, 0), (pending, retrying, dead));
        Assert.NotNull(age);

        await PlantDeadDeliveriesAsync(2);
        await Shop.ExecuteAsync(
            "update ordering.deliveries set status = 'PENDING' where delivery_id = (select min(delivery_id) from "
            + "ordering.deliveries)");
        Assert.Equal((0, 1, 1), (await DeliveriesAsync()) is var d ? (d.Pending, d.Retrying, d.Dead) : default);
    }

    [Fact]
    public async Task The_gauges_show_what_was_read_last_and_never_ask_the_database()
    {
        var metrics = Shop.Services.GetRequiredService<BacklogMetrics>();
        Assert.Empty(Scrape());
        await PaidOrderAsync(await CreateProductAsync());
        await PlantDeadDeliveriesAsync(3);
        await metrics.RunOnceAsync(CancellationToken.None);
        await Shop.DeliverEventsAsync();

        await Shop.ExecuteAsync("alter table ordering.outbox rename to outbox_gone");
        var gauges = Scrape();
        await Shop.ExecuteAsync("alter table ordering.outbox_gone rename to outbox");

        Assert.Equal(1, gauges["shop.outbox.pending/ordering"]);
        Assert.Equal(0, gauges["shop.outbox.pending/catalog"]);
        Assert.Equal(0, gauges["shop.outbox.dead/ordering"]);
        Assert.Equal(3, gauges["shop.deliveries.dead/ordering"]);
        Assert.InRange(gauges["shop.outbox.oldest_age/ordering"], 0, 60);
        // Four of each module's events, and of the deliveries to the platform and to webhooks.
        Assert.Equal(8 * 4 + 2 * 4, gauges.Count);

        await metrics.RunOnceAsync(CancellationToken.None);
        Assert.Equal(0, Scrape()["shop.outbox.pending/ordering"]);
        Assert.Equal(1, Scrape()["shop.deliveries.pending/ordering"]);
        // Rather none than old ones, when the database can't be read.
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(Scrape());
    }

    [Fact]
    public async Task What_was_discarded_is_kept_for_as_long_as_is_said_then_cleared_in_batches()
    {
        await Shop.ExecuteAsync("""
            insert into ordering.outbox_failures
                (message_id, event_id, type, stream, payload, occurred_at, handler, status, attempts, failed_at,
                    next_attempt_at, discard_reason, discarded_at)
            select -n, gen_random_uuid(), 'ordering.order-paid', 'a', '{}', now(), 'catalog.settle-reservations',
                'DISCARDED', 1, now(), now(), 'old', now() - interval '366 days'
            from generate_series(1, 1500) n
            """);
        await PlantDeadDeliveriesAsync(4);
        await Shop.ExecuteAsync(
            "update ordering.deliveries "
            +
                "set status = 'DISCARDED', discarded_at = now() - (delivery_id % 2) * interval '366 days' where "
                + "delivery_id <= 2");
        await UnreadableOrderAsync(await CreateProductAsync());
        (await DiscardAsync(await LetterAsync("catalog.settle-reservations"))).Expect(HttpStatusCode.OK);

        var worker = Shop.Services.GetRequiredService<ClearDiscarded>();
        foreach (var cleared in (int[])[1001, 500, 0])
            Assert.Equal(cleared, await worker.RunOnceAsync(CancellationToken.None));

        Assert.Equal(
            Handlers.Length, await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures"));
        Assert.Equal(3, await Shop.QueryAsync<long>("select count(*) from ordering.deliveries"));
        Shop.Clock.Advance(TimeSpan.FromDays(366));
        Assert.Equal(2, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(
            Handlers.Length - 1 + 2,
            await Shop.QueryAsync<long>(
                "select (select count(*) from ordering.outbox_failures) + (select count(*) from ordering.deliveries)"));
    }

    [Fact]
    public async Task However_much_is_settled_what_is_due_is_found_by_index()
    {
        await Shop.ExecuteAsync("""
            insert into ordering.deliveries
                (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at, status, attempts,
                    failed_at, discarded_at)
            select gen_random_uuid(), gen_random_uuid(), 1, 'order.paid', '{}', now(), now(), case
                when n % 10 = 0 then 'DEAD' else 'DISCARDED' end, 12, now(), now()
            from generate_series(1, 50000) n;
            insert into ordering.outbox_failures
                (message_id, event_id, type, stream, payload, occurred_at, handler, status, attempts, failed_at,
                    next_attempt_at, discarded_at)
            select n, gen_random_uuid(), 'ordering.order-paid', n::text, '{}', now(), 'catalog.settle-reservations',
                case when n % 10 = 0 then 'DEAD' else 'DISCARDED' end, 1, now(), now(), now()
            from generate_series(1, 50000) n;
            insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at)
            select gen_random_uuid(), gen_random_uuid(), 1, 'order.paid', '{}', now(), now()
                from generate_series(1, 20);
            analyze ordering.deliveries;
            analyze ordering.outbox_failures
            """);
        var sql = new OutboxSql("ordering");

        Assert.Contains(
            "Index Scan using deliveries_due", await PlanAsync(DeliveryQueue.Claim), StringComparison.Ordinal);
        Assert.Contains(
            "Index Scan using outbox_failures_due_by_handler",
            await PlanAsync(sql.DueFailures),
            StringComparison.Ordinal);
        foreach (var statement in (string[])
        [
            DeliveryQueue.Claim, sql.DueFailures, sql.OpenFailures, sql.AnyFailures, sql.UpdateFailures,
        ])
            Assert.DoesNotContain("Seq Scan", await PlanAsync(statement), StringComparison.Ordinal);
    }

    private async Task<string> PlanAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"explain {sql}", connection);
        command.Parameters.AddWithValue("lease", Guid.NewGuid());
        command.Parameters.AddWithValue("leasedFor", TimeSpan.FromSeconds(40));
        command.Parameters.AddWithValue("limit", 16);
        command.Parameters.AddWithValue("limits", new[] { 16 });
        command.Parameters.AddWithValue("failed", true);
        command.Parameters.AddWithValue("ids", new[] { 17L, 18L });
        command.Parameters.AddWithValue("statuses", new[] { "RETRYING", "DEAD" });
        command.Parameters.AddWithValue("attempts", new[] { 1, 2 });
        command.Parameters.AddWithValue("errors", new[] { "one", "two" });
        command.Parameters.AddWithValue("pauses", new[] { TimeSpan.Zero, TimeSpan.Zero });
        command.Parameters.AddWithValue("handlers", new[] { "catalog.settle-reservations" });
        command.Parameters.AddWithValue("streams", new[] { "17", "18" });
        var plan = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            plan.Add(reader.GetString(0));
        return string.Join('\n', plan);
    }

    /// <summary>The gauges of this host alone: others may be up in the same process.</summary>
    private Dictionary<string, double> Scrape()
    {
        var gauges = new Dictionary<string, double>();
        using var listener = new MeterListener();
        var meters = Shop.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter is { Name: "Shop" } meter && meter.Scope == meters
                && instrument.Name.Split('.')[1] is "outbox" or "deliveries")
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(
            (instrument, value, tags, _) => gauges.Add($"{instrument.Name}/{tags[0].Value}", value));
        listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) => gauges.Add($"{instrument.Name}/{tags[0].Value}", value));
        listener.Start();
        listener.RecordObservableInstruments();
        return gauges;
    }

    private async Task<Answer> StateAsync() => (await Admin.GetAsync("/admin/outbox")).Expect(HttpStatusCode.OK);

    private async Task<Backlog> OrderingAsync() =>
        Read(
            (await StateAsync())["modules"].EnumerateArray().Single(
                module => module.GetProperty("module").GetString() == "ordering"));

    private async Task<Backlog> DeliveriesAsync() =>
        Read((await StateAsync())["deliveries"]);

    private static Backlog Read(System.Text.Json.JsonElement state) => new(
        state.GetProperty("pending").GetInt64(),
        state.GetProperty("oldestAgeSeconds") is { ValueKind: System.Text.Json.JsonValueKind.Number } age
            ? age.GetInt64()
            : null,
        state.GetProperty("retrying").GetInt64(),
        state.GetProperty("dead").GetInt64());

    private sealed record Backlog(long Pending, long? Age, long Retrying, long Dead);
}
