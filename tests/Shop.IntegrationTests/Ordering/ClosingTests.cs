using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Orders;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

/// <summary>How orders end other than by payment: cancelled, refunded, expired.</summary>
public sealed class ClosingTests : ShopTest
{
    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string> { ["Ordering:MaximumOpenOrders"] = "40" });

    [Fact]
    public async Task An_order_that_is_not_paid_in_time_expires()
    {
        var tea = await CreateProductAsync(stock: 10);
        var customer = await SignUpAsync(balance: 5_000);
        var late = await customer.PlaceAsync((tea, 4));
        Assert.Equal(0, await ExpireAsync(Shop));
        Shop.Clock.Advance(TimeSpan.FromMinutes(15));
        var young = await customer.PlaceAsync((tea, 1));

        // Before the scheduler has come by it reads CREATED and counts as EXPIRED.
        Assert.Equal("CREATED", await customer.StatusOfAsync(late));
        Assert.Equal(
            "EXPIRED",
            (await customer.PostAsync($"/orders/{late}/cancel"))
                .ExpectProblem(HttpStatusCode.Conflict, "orders.not_cancellable")["orderStatus"]
                .GetString());
        Assert.Equal(
            "EXPIRED",
            (await customer.PayAsync(late))
                .ExpectProblem(HttpStatusCode.Conflict, "orders.not_payable")["orderStatus"]
                .GetString());

        Assert.Equal(1, await ExpireAsync(Shop));
        Assert.Equal("EXPIRED", await customer.StatusOfAsync(late));
        Assert.Equal("CREATED", await customer.StatusOfAsync(young));
        await Shop.DeliverEventsAsync();
        Assert.Equal(9, await StockOfAsync(tea));
        Assert.Equal(0, await ExpireAsync(Shop));
    }

    [Fact]
    public async Task The_data_platform_is_told_of_cancelled_and_expired_orders_too()
    {
        var tea = await CreateProductAsync();
        var customer = await SignUpAsync();
        var cancelled = await customer.PlaceAsync((tea, 1));
        (await customer.PostAsync($"/orders/{cancelled}/cancel")).Expect(HttpStatusCode.OK);
        await customer.PlaceAsync((tea, 1));
        Shop.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(1, await ExpireAsync(Shop));

        await Shop.DeliverEventsAsync();
        await Shop.DeliverToPlatformAsync();
        Assert.Equal(["order.cancelled:1", "order.expired:1"], Shop.PlatformLines());
    }

    [Fact]
    public async Task Two_schedulers_expire_each_order_once()
    {
        var tea = await CreateProductAsync(stock: 1_000);
        var customer = await SignUpAsync();
        for (var i = 0; i < 40; i++)
            await customer.PlaceAsync((tea, 1));
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        second.Clock.Advance(TimeSpan.FromMinutes(16));

        var expired = await Task.WhenAll(
            ExpireAsync(Shop), ExpireAsync(second), ExpireAsync(Shop), ExpireAsync(second));
        Assert.Equal(40, expired.Sum());
        await Shop.DeliverEventsAsync();
        Assert.Equal(1_000, await StockOfAsync(tea));
    }

    [Fact]
    public async Task Of_paying_cancelling_and_expiring_at_once_one_wins_and_everything_else_follows()
    {
        var tea = await CreateProductAsync(price: 1_000, stock: 100);
        var customer = await SignUpAsync(balance: 1_000_000);
        await using var late = await ShopHost.StartAsync(Shop.ConnectionString);
        late.Clock.Advance(TimeSpan.FromMinutes(16));
        for (var round = 0; round < 20; round++)
        {
            var order = await customer.PlaceAsync((tea, 1));
            await Task.WhenAll(
                customer.PayAsync(order),
                customer.PostAsync($"/orders/{order}/cancel"),
                ExpireAsync(late),
                customer.PayAsync(order),
                customer.PostAsync($"/orders/{order}/cancel"));
        }

        await Shop.DeliverEventsAsync();
        var sold = await Shop.QueryAsync<long>("select count(*) from ordering.orders where status = 'PAID'");
        Assert.Equal(100 - sold, await StockOfAsync(tea));
        Assert.Equal(1_000_000 - sold * 1_000, await customer.BalanceAsync());
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.orders where status = 'CREATED'"));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from catalog.stock_reservations"));
        Assert.Equal(
            await Shop.QueryAsync<long>("select count(*) from wallet.ledger where type = 'REFUND'"),
            await Shop.QueryAsync<long>("select count(*) from ordering.orders where status = 'REFUNDED'"));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.outbox_failures"));
    }

    private static Task<int> ExpireAsync(ShopHost host) =>
        host.Services.GetRequiredService<ExpireOrders>().RunOnceAsync(CancellationToken.None);
}
