using System.Net;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Catalog.Contracts;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Contracts;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class StockTests : ShopTest
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    // Invariants at any moment.
    private const string Broken = """
        select (select count(*) from catalog.stock s
                where s.on_hand <> (select coalesce(sum(m.delta), 0) from catalog.stock_movements m
                    where m.product_id = s.product_id)
                   or s.reserved <> (select coalesce(sum(r.quantity), 0) from catalog.stock_reservations r
                       where r.product_id = s.product_id))
             + (select count(*) from (
                select on_hand_after, sum(delta) over (partition by product_id order by movement_id) as running,
                       occurred_at, lag(occurred_at) over (partition by product_id order by movement_id) as earlier
                           from catalog.stock_movements) m
                where on_hand_after <> running or occurred_at < earlier)
        """;

    [Fact]
    public async Task A_batch_of_sales_writes_a_movement_each_with_the_stock_after_it()
    {
        var (tea, cup) = (await CreateProductAsync(stock: 100), await CreateProductAsync(stock: 50));
        var orders = new[]
        {
            await ReserveAsync((tea, 1), (cup, 2)),
            await ReserveAsync((cup, 3), (tea, 10)),
            await ReserveAsync((tea, 5)),
        };
        await PublishAsync([.. orders.Reverse().Select(order => new OrderPaid(order))]);

        Assert.Equal(
            $"{orders[2].OrderId}:-5:95 {orders[1].OrderId}:-10:85 {orders[0].OrderId}:-1:84",
            await Shop.QueryAsync<string>(
                "select string_agg(order_id || ':' || delta || ':' || on_hand_after, ' ' order by movement_id) from "
                + $"catalog.stock_movements where type = 'SALE' and product_id = {tea}"));
        Assert.Equal(new StockCount(OnHand: 84, Reserved: 0), await StockAsync(tea));
        Assert.Equal(new StockCount(OnHand: 45, Reserved: 0), await StockAsync(cup));
        Assert.Equal("SOLD", await StatesAsync(orders));
        Assert.Equal(0, await Shop.QueryAsync<long>(Broken));

        await PublishAsync([.. orders.Select(order => new OrderPaid(order))]);
        await PublishAsync(new OrderPaid(orders[0]), new OrderPaid(orders[0]));
        Assert.Equal(new StockCount(OnHand: 84, Reserved: 0), await StockAsync(tea));

        await PublishAsync(
            [.. orders.Select(order => new OrderPaymentFailed(order)), new OrderPaymentFailed(orders[0])]);
        Assert.Equal(new StockCount(OnHand: 100, Reserved: 0), await StockAsync(tea));
        Assert.Equal(new StockCount(OnHand: 50, Reserved: 0), await StockAsync(cup));
        Assert.Equal("RETURNED", await StatesAsync(orders));
        Assert.Equal(
            $"{orders[0].OrderId}:1:85 {orders[1].OrderId}:10:95 {orders[2].OrderId}:5:100",
            await Shop.QueryAsync<string>(
                "select string_agg(order_id || ':' || delta || ':' || on_hand_after, ' ' order by movement_id) from "
                + $"catalog.stock_movements where type = 'RETURN' and product_id = {tea}"));
        Assert.Equal(0, await Shop.QueryAsync<long>(Broken));

        await PublishAsync(
            [
                .. orders.Select(order => new OrderPaymentFailed(order)),
                .. orders.Select(order => new OrderPaid(order)),
            ]);
        Assert.Equal(new StockCount(OnHand: 100, Reserved: 0), await StockAsync(tea));
        Assert.Equal(0, await Shop.QueryAsync<long>(Broken));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures"));
    }

    [Fact]
    public async Task A_release_gives_back_what_was_reserved_and_a_later_sale_does_nothing()
    {
        var tea = await CreateProductAsync(stock: 10);
        var (one, two, three) = (
            await ReserveAsync((tea, 3)), await ReserveAsync((tea, 4)), await ReserveAsync((tea, 2)));
        // Paid and undone in one batch: sold and returned. Undone alone: released. Paid alone: sold.
        await PublishAsync(
            new OrderPaid(one), new OrderPaymentFailed(two), new OrderPaid(three), new OrderPaymentFailed(one));

        Assert.Equal(new StockCount(OnHand: 8, Reserved: 0), await StockAsync(tea));
        Assert.Equal("RETURNED", await StatesAsync(one));
        Assert.Equal("RELEASED", await StatesAsync(two));
        Assert.Equal("SOLD", await StatesAsync(three));
        Assert.Equal(0, await Shop.QueryAsync<long>(Broken));
        Assert.Equal(4, await Shop.QueryAsync<long>("select count(*) from catalog.stock_movements"));

        await PublishAsync(new OrderPaid(one), new OrderPaid(two));
        Assert.Equal(new StockCount(OnHand: 8, Reserved: 0), await StockAsync(tea));
    }

    [Fact]
    public async Task Mixed_releases_and_returns_of_one_product_add_up()
    {
        var tea = await CreateProductAsync(stock: 100);
        var orders = new List<Order>();
        for (var i = 1; i <= 6; i++)
            orders.Add(await ReserveAsync((tea, i)));
        await PublishAsync(new OrderPaid(orders[0]), new OrderPaid(orders[2]), new OrderPaid(orders[4]));
        await PublishAsync([.. orders.Select(order => new OrderPaymentFailed(order))]);

        Assert.Equal(new StockCount(OnHand: 100, Reserved: 0), await StockAsync(tea));
        Assert.Equal("91,92,95,100", await Shop.QueryAsync<string>(
            "select '91,' || string_agg(on_hand_after::text, ',' order by movement_id) from catalog.stock_movements "
            + "where type = 'RETURN'"));
        Assert.Equal(0, await Shop.QueryAsync<long>(Broken));
    }

    [Fact]
    public async Task A_return_lands_over_the_limit()
    {
        var tea = await CreateProductAsync(stock: 1_000_000_000);
        var order = await ReserveAsync((tea, 1000));
        await PublishAsync(new OrderPaid(order));
        (await Admin.PostAsync(
            $"/admin/products/{tea}/stock-adjustments",
            new { delta = 1000, reason = "more" })).Expect(HttpStatusCode.OK);
        await PublishAsync(new OrderPaymentFailed(order));

        Assert.Equal(1_000_001_000, await StockOfAsync(tea));
        (await Admin.PostAsync(
            $"/admin/products/{tea}/stock-adjustments",
            new { delta = 1, reason = "more" })).ExpectProblem(HttpStatusCode.Conflict, "catalog.stock_limit_exceeded");
        (await Admin.PostAsync($"/admin/products/{tea}/stock-adjustments", new { delta = -1, reason = "less" })).Expect(
            HttpStatusCode.OK);
        Assert.Equal(0, await Shop.QueryAsync<long>(Broken));
    }

    [Fact]
    public async Task Orders_in_opposite_order_do_not_deadlock_with_each_other_nor_with_events_and_adjustments()
    {
        var products = new List<long>();
        for (var i = 0; i < 12; i++)
            products.Add(await CreateProductAsync(stock: 1_000_000));
        using var stop = new CancellationTokenSource();
        var dispatcher = Shop.Services.GetServices<OutboxDispatcher>()
            .Single(dispatcher => dispatcher.Schema == "ordering");
        var rounds = 0;
        var delivering = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                rounds += await dispatcher.RunOnceAsync(CancellationToken.None);
        });
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1000),
            new ParallelOptions { MaxDegreeOfParallelism = 24 },
            async (i, ct) =>
            {
                var random = new Random(i);
                var shuffled = products.ToArray();
                random.Shuffle(shuffled);
                var order = await ReserveAsync([.. shuffled.Take(3).Select(product => (product, 1))]);
                await PublishWithoutDeliveryAsync(i % 2 == 0 ? new OrderPaid(order) : new OrderPaymentFailed(order));
                if (i % 10 == 0)
                    (await Admin.PostAsync(
                        $"/admin/products/{shuffled[0]}/stock-adjustments",
                        new { delta = i % 20 == 0 ? 5 : -5, reason = "count" })).Expect(HttpStatusCode.OK);
            });
        await stop.CancelAsync();
        await delivering;
        await Shop.DeliverEventsAsync();

        Assert.Empty(Shop.Lost.Messages);
        Assert.Equal(0, await Shop.QueryAsync<long>(Broken));
        Assert.Equal(0, await Shop.QueryAsync<long>("select sum(reserved)::bigint from catalog.stock"));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from catalog.stock_reservations"));
        Assert.Equal(
            1500, await Shop.QueryAsync<long>("select count(*) from catalog.stock_movements where type = 'SALE'"));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures"));
        Assert.True(rounds > 0);
    }

    [Fact]
    public async Task A_batch_writes_what_its_orders_reserved_and_nothing_of_the_refused_and_undone()
    {
        var (tea, cup) = (await CreateProductAsync(stock: 5), await CreateProductAsync(stock: 5));
        // Sorted: within a millisecond version 7 leaves the order to chance.
        Guid[] orders = [.. Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7()).Order()];
        var (one, two, three, four) = (orders[0], orders[1], orders[2], orders[3]);
        await InTransactionAsync(async (scope, ct) =>
        {
            var stock = scope.GetRequiredService<IStockLocks>().Lock([cup, tea, cup, 999]);
            await scope.GetRequiredService<Db>().FlushAsync(ct);
            Assert.Null(stock.Find(999));
            Assert.Equal(new ProductOnShelf(tea, "Keyboard", 1_000, true, 5), stock.Find(tea));
            Assert.Empty(stock.TryReserve(one, userId: 1, [new(tea, 2), new(cup, 1)]));
            Assert.Empty(stock.TryReserve(two, userId: 1, [new(tea, 3)]));
            Assert.Equal([new Shortage(tea, 1, 0)], stock.TryReserve(three, userId: 1, [new(cup, 1), new(tea, 1)]));
            stock.Undo(two);
            Assert.Empty(stock.TryReserve(four, userId: 1, [new(tea, 1), new(tea, 1)]));
            stock.Write(Now);
        });

        Assert.Equal(new StockCount(OnHand: 5, Reserved: 4), await StockAsync(tea));
        Assert.Equal(new StockCount(OnHand: 5, Reserved: 1), await StockAsync(cup));
        Assert.Equal(
            string.Join(' ', new[] { $"{one}:{tea}:2", $"{one}:{cup}:1", $"{four}:{tea}:2" }),
            await Shop.QueryAsync<string>(
                "select string_agg(order_id || ':' || product_id || ':' || quantity, ' ' order by "
                + "order_id, product_id) from catalog.stock_reservations"));
        Assert.Equal(0, await Shop.QueryAsync<long>(Broken));
    }

    private protected override async Task<ShopHost> StartAsync()
    {
        // Few events a batch, so that what belongs together comes in several.
        var host = await ShopHost.StartAsync(new Dictionary<string, string> { ["Outbox:BatchSize"] = "6" });
        // These tests repeat events, as nothing in the shop does, and only the catalog is to be watched.
        await host.ExecuteAsync("alter table ordering.deliveries drop constraint deliveries_order_id_sequence_key");
        return host;
    }

    private async Task<Order> ReserveAsync(params (long ProductId, int Quantity)[] items)
    {
        var orderId = Guid.CreateVersion7();
        await InTransactionAsync(async (scope, ct) =>
        {
            var stock = scope.GetRequiredService<IStockLocks>().Lock([.. items.Select(item => item.ProductId)]);
            await scope.GetRequiredService<Db>().FlushAsync(ct);
            Assert.Empty(
                stock.TryReserve(
                    orderId, userId: 1, [.. items.Select(item => new ItemQuantity(item.ProductId, item.Quantity))]));
            stock.Write(Now);
        });
        var lines = items.Select(item => new OrderItem(item.ProductId, "Keyboard", 1, item.Quantity, item.Quantity))
            .ToList();
        return new Order(orderId, 1, OrderStatus.Paid, lines, 1, 0, 1, null, null, Now, Now, Now);
    }

    private async Task PublishAsync(params OrderClosed[] events)
    {
        await PublishWithoutDeliveryAsync(events);
        await Shop.DeliverEventsAsync();
    }

    private Task<Unit> PublishWithoutDeliveryAsync(params OrderClosed[] events) => InTransactionAsync((scope, _) =>
    {
        foreach (var happened in events)
            scope.GetRequiredService<BuildingBlocks.Outbox.Outbox>().Publish(happened);
        return Task.CompletedTask;
    });

    private Task<Unit> InTransactionAsync(
        Func<IServiceProvider, CancellationToken, Task> work) =>
            Shop.Services.GetRequiredService<Transactions>().RunAsync(
            async (scope, ct) =>
            {
                await work(scope, ct);
                return Unit.Value;
            },
            CancellationToken.None);

    private async Task<StockCount> StockAsync(long productId) => new(
        await Shop.QueryAsync<long>($"select on_hand from catalog.stock where product_id = {productId}"),
        await Shop.QueryAsync<long>($"select reserved from catalog.stock where product_id = {productId}"));

    private Task<string> StatesAsync(params Order[] orders) => Shop.QueryAsync<string>($"""
        select string_agg(distinct goods, ' ') from (
            select o.order_id, case
                when exists (select 1 from catalog.stock_movements m where m.cause = o.order_id
                    and m.type = 'RETURN') then 'RETURNED'
                when exists (select 1 from catalog.stock_movements m where m.cause = o.order_id) then 'SOLD'
                when exists (select 1 from catalog.stock_reservations r where r.order_id = o.order_id) then 'RESERVED'
                else 'RELEASED' end as goods
            from unnest(array[{string.Join(',', orders.Select(order => $"'{order.OrderId}'::uuid"))}])
                as o (order_id)) states
        """);

    private sealed record StockCount(long OnHand, long Reserved);
}
