using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Testing;
using Shop.BuildingBlocks.Deliveries;
using Shop.Ordering.DataPlatform;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class DataPlatformTests : ShopTest
{
    [Fact]
    public async Task Every_closed_order_is_a_line_of_the_file()
    {
        var product = await CreateProductAsync(price: 4_000, name: "키보드");
        var customer = await SignUpAsync(balance: 5_000);
        var paid = await customer.PlaceAsync((product, 1));
        var failed = await customer.PlaceAsync((product, 1));
        await customer.PlaceAsync((product, 1));
        (await customer.PayAsync(paid)).Expect(HttpStatusCode.Created);
        (await customer.PayAsync(failed)).Expect(HttpStatusCode.Conflict);

        await Shop.DeliverEventsAsync();
        await Shop.DeliverToPlatformAsync();
        await Shop.DeliverToPlatformAsync();

        var lines = Lines();
        Assert.Equal(
            ["order.paid", "order.payment_failed"], lines.Select(line => line.GetProperty("type").GetString()));
        Assert.Equal([1, 1], lines.Select(line => line.GetProperty("sequence").GetInt32()));
        Assert.Equal((await customer.GetAsync($"/orders/{paid}")).Text, lines[0].GetProperty("order").GetRawText());
        Assert.Equal(7, lines[0].GetProperty("eventId").GetGuid().Version);
        Assert.EndsWith("Z", lines[0].GetProperty("occurredAt").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.deliveries"));
    }

    [Fact]
    public async Task A_platform_that_fails_is_tried_again_and_gets_everything()
    {
        var platform = new FailingPlatform { Broken = true };
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString, null, services => services.AddSingleton<IReceiver>(platform));
        var order = await PaidOrderAsync();
        await host.DeliverEventsAsync();

        await host.DeliverToPlatformAsync();
        Assert.Equal(1, await Shop.QueryAsync<int>("select attempts from ordering.deliveries"));
        Assert.Equal("down", await Shop.QueryAsync<string>("select last_error from ordering.deliveries"));
        await host.DeliverToPlatformAsync();
        Assert.Equal(1, platform.Calls);

        platform.Broken = false;
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        await host.DeliverToPlatformAsync();
        Assert.Equal([order], platform.Arrived);
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.deliveries"));
    }

    [Fact]
    public async Task A_platform_that_never_takes_it_leaves_a_dead_delivery()
    {
        var platform = new FailingPlatform { Broken = true };
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString,
            new Dictionary<string, string> { ["DataPlatform:MaxAttempts"] = "3" },
            services => services.AddSingleton<IReceiver>(platform));
        await PaidOrderAsync();
        await host.DeliverEventsAsync();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await host.DeliverToPlatformAsync();
            host.Clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(3, platform.Calls);
        Assert.Equal("DEAD", await Shop.QueryAsync<string>("select status from ordering.deliveries"));
    }

    [Fact]
    public async Task A_worker_that_died_after_claiming_loses_its_lease_and_nothing_else()
    {
        var order = await PaidOrderAsync();
        await Shop.DeliverEventsAsync();
        await Shop.ExecuteAsync(
            "update ordering.deliveries set lease = gen_random_uuid(), leased_until = now() + interval '1 minute'");

        await Shop.DeliverToPlatformAsync();
        Assert.Empty(Lines());
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        await Shop.DeliverToPlatformAsync();
        Assert.Equal(order, Lines().Single().GetProperty("order").GetProperty("orderId").GetGuid());
    }

    [Fact]
    public async Task A_rush_after_a_quiet_time_is_taken_in_batches()
    {
        var platform = new FailingPlatform();
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString, null, services => services.AddSingleton<IReceiver>(platform));
        var worker = host.Services.GetRequiredService<DeliveryWorker>();
        // Often enough on each connection of the pool that PostgreSQL would keep a plan, over a table that it has seen
        // to be empty.
        await Shop.ExecuteAsync("vacuum analyze ordering.deliveries");
        for (var round = 0; round < 50; round++)
            Assert.Equal(0, await worker.RunOnceAsync(CancellationToken.None));

        await Shop.ExecuteAsync("""
            insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at)
            select gen_random_uuid(), gen_random_uuid(), 1, 'order.paid', '{}', '2020-01-01', '2020-01-01'
                from generate_series(1, 1200)
            """);
        Assert.Equal(1200, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal([500, 500, 200], platform.Batches);
    }

    [Fact]
    public async Task A_host_that_stops_while_it_delivers_marks_what_has_arrived()
    {
        using var stopping = new CancellationTokenSource();
        var platform = new FailingPlatform { Sending = stopping.Cancel };
        await using var host = await ShopHost.StartAsync(
            Shop.ConnectionString, null, services => services.AddSingleton<IReceiver>(platform));
        await PaidOrderAsync();
        await Shop.DeliverEventsAsync();

        await host.Services.GetRequiredService<DeliveryWorker>().RunOnceAsync(stopping.Token);
        Assert.Single(platform.Arrived);
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.deliveries"));
    }

    [Fact]
    public async Task Workers_of_four_instances_deliver_each_event_once()
    {
        var product = await CreateProductAsync(price: 0, stock: 1_000);
        var customer = await SignUpAsync();
        for (var i = 0; i < 60; i++)
            await customer.PayAsync(await customer.PlaceAsync((product, 1)));
        await Shop.DeliverEventsAsync();
        var platform = new FailingPlatform();
        var hosts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            ShopHost.StartAsync(
                Shop.ConnectionString, null, services => services.AddSingleton<IReceiver>(platform))));

        await Task.WhenAll(hosts.Select(host => host.DeliverToPlatformAsync()));
        foreach (var host in hosts)
            await host.DisposeAsync();

        Assert.Equal(60, platform.Arrived.Count);
        Assert.Equal(60, platform.Arrived.Distinct().Count());
    }

    [Fact]
    public async Task A_disk_that_takes_nothing_kills_nothing_and_all_is_written_once_it_does()
    {
        var settings = new Dictionary<string, string> { ["DataPlatform:MaxAttempts"] = "1" };
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, settings);
        var orders = new[] { await PaidOrderAsync(), await PaidOrderAsync() };
        await Shop.DeliverEventsAsync();
        // No folder can be made where a file is: an I/O error that root meets too.
        Directory.Delete(host.PlatformDirectory);
        await File.WriteAllTextAsync(host.PlatformDirectory, "");
        for (var round = 0; round < 5; round++)
        {
            await host.DeliverToPlatformAsync();
            host.Clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(2, await Shop.QueryAsync<long>("""
            select count(*) from ordering.deliveries
            where status = 'PENDING' and attempts = 0 and failures = 5 and last_error is not null
            """));

        File.Delete(host.PlatformDirectory);
        await host.DeliverToPlatformAsync();
        Assert.Equal(
            orders.Order(),
            Lines(host).Select(line => line.GetProperty("order").GetProperty("orderId").GetGuid()).Order());
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.deliveries"));
    }

    private async Task<Guid> PaidOrderAsync()
    {
        var customer = await SignUpAsync(balance: 5_000);
        var order = await customer.PlaceAsync((await CreateProductAsync(price: 1_000), 1));
        (await customer.PayAsync(order)).Expect(HttpStatusCode.Created);
        return order;
    }

    private List<JsonElement> Lines(ShopHost? of = null) =>
    [
        .. Directory.EnumerateFiles((of ?? Shop).PlatformDirectory, "*.ndjson")
            .SelectMany(file =>
            {
                using var open = new StreamReader(
                    new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                return open.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            })
            .Select(line => JsonDocument.Parse(line).RootElement),
    ];

    private sealed class FailingPlatform : IReceiver
    {
        private readonly Lock mutex = new();

        private Attempt Settled(Delivery delivery) =>
            Broken ? Attempt.Refused(delivery, "down") : Attempt.Taken(delivery);

        public bool Broken { get; set; }

        public Action Sending { get; init; } = () => { };

        public List<int> Batches { get; } = [];

        public int Calls => Batches.Count;

        public List<Guid> Arrived { get; } = [];

        public int BatchSize => 500;

        public int CallsFree(int underWay) => 1 - underWay;

        public Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct)
        {
            lock (mutex)
            {
                Batches.Add(deliveries.Count);
                Sending();
                if (!Broken)
                    Arrived.AddRange(deliveries.Select(delivery => Guid.Parse(delivery.Stream)));
                return Task.FromResult<IReadOnlyList<Attempt>>([.. deliveries.Select(Settled)]);
            }
        }
    }
}
