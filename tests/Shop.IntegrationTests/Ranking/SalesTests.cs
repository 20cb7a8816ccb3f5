using System.Net;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Contracts;
using Xunit;

namespace Shop.IntegrationTests.Ranking;

public sealed class SalesTests : RankingTest
{
    [Fact]
    public async Task Only_what_is_paid_for_counts()
    {
        var (tea, cup) = (await CreateAsync("Tea", price: 1_000), await CreateAsync("Cup", price: 7_000));
        var buyer = await SignUpAsync(balance: 10_000);
        (await buyer.PayAsync(await buyer.PlaceAsync((tea, 2)))).Expect(HttpStatusCode.Created);
        (await buyer.PayAsync(await buyer.PlaceAsync((cup, 1), (tea, 1)))).Expect(HttpStatusCode.Created);
        (await buyer.PayAsync(await buyer.PlaceAsync((cup, 9)))).ExpectProblem(
            HttpStatusCode.Conflict, "payments.insufficient_balance");
        await buyer.PlaceAsync((tea, 5));
        Assert.Equal("", await ListAsync());

        await Shop.DeliverEventsAsync();
        var computedAt = await RecomputeAsync();
        var list = (await Anonymous.GetAsync("/products/popular")).Expect(HttpStatusCode.OK);

        Assert.Equal($"{tea}:3 {cup}:1", Listed(list));
        Assert.Equal((3, computedAt), (list["days"].GetInt32(), list["computedAt"].GetDateTimeOffset()));
        Assert.EndsWith("Z", list["computedAt"].GetString(), StringComparison.Ordinal);
        Assert.Equal(
            ("Cup", 7_000),
            (list["items"][1].GetProperty("name").GetString(), list["items"][1].GetProperty("price").GetInt64()));
        Assert.Equal($"0:{tea}:3 0:{cup}:1", await SalesAsync());
    }

    [Fact]
    public async Task A_cancelled_order_leaves_the_list_with_the_next_computation()
    {
        var (tea, cup) = (await CreateAsync("Tea"), await CreateAsync("Cup"));
        var buyer = await SignUpAsync(balance: 100_000);
        (await buyer.PayAsync(await buyer.PlaceAsync((tea, 1)))).Expect(HttpStatusCode.Created);
        (await buyer.PayAsync(await buyer.PlaceAsync((cup, 2)))).Expect(HttpStatusCode.Created);
        var checkedOut = await buyer.PostAsync(
            "/checkout", new { userId = buyer.UserId, items = new[] { new { productId = tea, quantity = 4 } } });
        var regretted = checkedOut.Expect(HttpStatusCode.Created)["order"].GetProperty("orderId").GetGuid();
        await Shop.DeliverEventsAsync();
        await RecomputeAsync();
        Assert.Equal($"{tea}:5 {cup}:2", await ListAsync());

        Assert.Equal(
            "REFUNDED",
            (await buyer.PostAsync($"/orders/{regretted}/cancel")).Expect(HttpStatusCode.OK)["status"].GetString());
        await RecomputeAsync();
        Assert.Equal($"{tea}:5 {cup}:2", await ListAsync());
        await Shop.DeliverEventsAsync();
        await RecomputeAsync();
        Assert.Equal($"{cup}:2 {tea}:1", await ListAsync());
    }

    [Fact]
    public async Task Batches_add_up_by_day_and_product()
    {
        var yesterday = Noon.AddDays(-1);
        await DeliverAsync(
            Paid(Noon, (7, 1), (3, 2)),
            Paid(yesterday, (3, 4)),
            Paid(Noon, (3, 8), (7, 16)),
            Paid(yesterday, (7, 32), (3, 64)),
            Paid(Noon, (7, 1000), (7, 1000)));
        Assert.Equal("0:3:10 0:7:2017 1:3:68 1:7:32", await SalesAsync());

        await DeliverAsync(Paid(Noon, (3, 1)), Paid(Noon, (3, 1)), Paid(Noon, (4, 1)));
        Assert.Equal("0:3:12 0:4:1 0:7:2017 1:3:68 1:7:32", await SalesAsync());
    }

    [Fact]
    public async Task A_refund_is_taken_off_the_day_of_its_payment()
    {
        var (tea, cup) = (await CreateAsync(), await CreateAsync());
        var (earlier, today) = (Paid(Noon.AddDays(-2), (tea, 5), (cup, 1)), Paid(Noon, (tea, 3)));
        await DeliverAsync(earlier, Paid(Noon.AddDays(-2), (tea, 2)), today);
        await RecomputeAsync();
        Assert.Equal($"{tea}:10 {cup}:1", await ListAsync(days: 3));

        await DeliverAsync(Refunded(earlier, at: Noon));
        await RecomputeAsync();
        Assert.Equal($"0:{tea}:3 2:{tea}:2 2:{cup}:0", await SalesAsync());
        Assert.Equal($"{tea}:5", await ListAsync(days: 3));
        Assert.Equal($"{tea}:3", await ListAsync(days: 1));

        // In one batch with its payment, and the other orders that come to nothing.
        var gone = Paid(Noon, (cup, 9));
        await DeliverAsync(
            gone, Refunded(gone, at: Noon), Refunded(today, at: Noon),
            new OrderPaymentFailed(Paid(Noon, (cup, 1)).Order),
            new OrderCancelled(Paid(Noon, (cup, 1)).Order),
            new OrderExpired(Paid(Noon, (cup, 1)).Order));
        await RecomputeAsync();
        Assert.Equal($"0:{tea}:0 2:{tea}:2 2:{cup}:0", await SalesAsync());
        Assert.Equal($"{tea}:2", await ListAsync(days: 3));
        Assert.Equal("", await ListAsync(days: 1));
    }

    [Fact]
    public async Task A_batch_that_is_undone_and_delivered_again_counts_once()
    {
        var sales = Enumerable.Range(0, 20).Select(_ => Paid(Noon, (1, 1), (2, 10))).ToArray();
        // Another handler fails on one of the orders: everything that the batch did is undone, and done again piece by
        // piece.
        await Shop.ExecuteAsync(
            $"alter table ordering.deliveries add constraint planted check (order_id <> '{sales[7].Order.OrderId}')");
        await PublishAsync(sales);
        await Shop.DeliverEventsAsync();
        Assert.Equal(
            "ordering.record-delivery",
            await Shop.QueryAsync<string>("select string_agg(handler, ' ') from ordering.outbox_failures"));
        Assert.Equal("0:1:20 0:2:200", await SalesAsync());

        await Shop.ExecuteAsync("alter table ordering.deliveries drop constraint planted");
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        await DeliverAsync();
        Assert.Equal("0:1:20 0:2:200", await SalesAsync());
    }

    [Fact]
    public async Task A_failure_of_its_own_is_made_up_for_once()
    {
        await Shop.ExecuteAsync("alter table ranking.daily_sales add constraint planted check (product_id <> 2)");
        await PublishAsync(Paid(Noon, (1, 1)), Paid(Noon, (1, 1), (2, 10)), Paid(Noon, (1, 1)));
        await Shop.DeliverEventsAsync();
        Assert.Equal(
            "ranking.count-sales",
            await Shop.QueryAsync<string>("select string_agg(handler, ' ') from ordering.outbox_failures"));
        Assert.Equal("0:1:2", await SalesAsync());

        await Shop.ExecuteAsync("alter table ranking.daily_sales drop constraint planted");
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        await DeliverAsync();
        Assert.Equal("0:1:3 0:2:10", await SalesAsync());
    }

    [Fact]
    public async Task Two_hosts_delivering_at_once_count_once()
    {
        await using var other = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Outbox:BatchSize"] = "7" });
        for (var i = 0; i < 10; i++)
            await PublishAsync([.. Enumerable.Range(0, 20).Select(_ => Paid(Noon, (1, 1), (2, 10)))]);
        await Task.WhenAll(
            Task.Run(other.DeliverEventsAsync), Task.Run(Shop.DeliverEventsAsync), Task.Run(other.DeliverEventsAsync));
        await Shop.DeliverEventsAsync();

        Assert.Equal("0:1:200 0:2:2000", await SalesAsync());
    }
}
