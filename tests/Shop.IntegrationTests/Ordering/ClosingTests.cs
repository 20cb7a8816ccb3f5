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
    public async Task A_cancelled_order_gives_its_stock_back()
    {
        var tea = await CreateProductAsync(stock: 10);
        var customer = await SignUpAsync(balance: 5_000);
        var order = await customer.PlaceAsync((tea, 4));

        var cancelled = (await customer.PostAsync($"/orders/{order}/cancel", new { reason = "changed my mind" })).Expect(HttpStatusCode.OK);
        Assert.Equal("CANCELLED", cancelled["status"].GetString());
        Assert.Equal(JsonValueKind.String, cancelled["closedAt"].ValueKind);
        Assert.Equal(cancelled.Text, (await customer.GetAsync($"/orders/{order}")).Text);
        Assert.Equal("changed my mind", cancelled["cancelReason"].GetString());
        Assert.Equal("changed my mind", (await customer.GetAsync($"/orders/{order}"))["cancelReason"].GetString());
        Assert.Equal("changed my mind", await Shop.QueryAsync<string>("select cancel_reason from ordering.orders"));
        await Shop.DeliverEventsAsync();
        Assert.Equal(10, await StockOfAsync(tea));
        Assert.Equal(5_000, await customer.BalanceAsync());

        var again = (await customer.PostAsync($"/orders/{order}/cancel")).ExpectProblem(HttpStatusCode.Conflict, "orders.not_cancellable");
        Assert.Equal("CANCELLED", again["orderStatus"].GetString());
        Assert.Equal("CANCELLED", (await customer.PayAsync(order)).ExpectProblem(HttpStatusCode.Conflict, "orders.not_payable")["orderStatus"].GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refund_brings_the_money_back_at_once_and_the_stock_by_event(bool soldBefore)
    {
        var tea = await CreateProductAsync(price: 2_000, stock: 10);
        var customer = await SignUpAsync(balance: 10_000_000);
        var order = await customer.PlaceAsync((tea, 4));
        var payment = (await customer.PayAsync(order)).Expect(HttpStatusCode.Created)["paymentId"].GetGuid();
        // Full again: a refund lands even past the maximum.
        (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 8_000 })).Expect(HttpStatusCode.OK);
        if (soldBefore)
            await Shop.DeliverEventsAsync();

        var refunded = (await customer.PostAsync($"/orders/{order}/cancel", new { })).Expect(HttpStatusCode.OK);
        Assert.Equal("REFUNDED", refunded["status"].GetString());
        Assert.Equal(payment, refunded["paymentId"].GetGuid());
        Assert.Equal(10_008_000, await customer.BalanceAsync());
        var entry = (await customer.GetAsync($"/users/{customer.UserId}/balance/history?limit=1"))["items"][0];
        Assert.Equal(
            ("REFUND", 8_000L, payment),
            (entry.GetProperty("type").GetString(), entry.GetProperty("amount").GetInt64(), entry.GetProperty("reference").GetGuid()));
        var read = (await customer.GetAsync($"/payments/{payment}")).Expect(HttpStatusCode.OK);
        Assert.Equal(("COMPLETED", JsonValueKind.String), (read["status"].GetString(), read["refundedAt"].ValueKind));

        await Shop.DeliverEventsAsync();
        Assert.Equal(10, await StockOfAsync(tea));
        Assert.Equal(10, await Shop.QueryAsync<long>("select sum(delta)::bigint from catalog.stock_movements"));
        await Shop.DeliverToPlatformAsync();
        await Shop.DeliverToPlatformAsync();
        Assert.Equal(["order.paid:1", "order.refunded:2"], PlatformLines());
    }

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
        Assert.Equal("EXPIRED", (await customer.PostAsync($"/orders/{late}/cancel")).ExpectProblem(HttpStatusCode.Conflict, "orders.not_cancellable")["orderStatus"].GetString());
        Assert.Equal("EXPIRED", (await customer.PayAsync(late)).ExpectProblem(HttpStatusCode.Conflict, "orders.not_payable")["orderStatus"].GetString());

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
        Assert.Equal(["order.cancelled:1", "order.expired:1"], PlatformLines());
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

        var expired = await Task.WhenAll(ExpireAsync(Shop), ExpireAsync(second), ExpireAsync(Shop), ExpireAsync(second));
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
                customer.PayAsync(order), customer.PostAsync($"/orders/{order}/cancel"), ExpireAsync(late), customer.PayAsync(order), customer.PostAsync($"/orders/{order}/cancel"));
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

    [Fact]
    public async Task Somebody_elses_order_can_not_be_cancelled()
    {
        var tea = await CreateProductAsync();
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        var order = await customer.PlaceAsync((tea, 1));
        (await other.PostAsync($"/orders/{order}/cancel")).ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");
        (await customer.PostAsync($"/orders/{Guid.NewGuid()}/cancel")).ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");
        (await customer.PostAsync($"/orders/{order}/cancel", new { reason = new string('x', 501) }))
            .ExpectInvalid("reason");
        (await Admin.PostAsync($"/orders/{order}/cancel")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Support_lists_everybodys_orders()
    {
        var tea = await CreateProductAsync();
        var (one, two) = (await SignUpAsync(), await SignUpAsync());
        var first = await one.PlaceAsync((tea, 1));
        var second = await two.PlaceAsync((tea, 1));
        (await two.PostAsync($"/orders/{second}/cancel")).Expect(HttpStatusCode.OK);

        Assert.Equal([second, first], Ids(await Admin.GetAsync("/admin/orders")));
        Assert.Equal([first], Ids(await Admin.GetAsync($"/admin/orders?userId={one.UserId}")));
        Assert.Equal([second], Ids(await Admin.GetAsync("/admin/orders?status=CANCELLED")));
        Assert.Empty(Ids(await Admin.GetAsync($"/admin/orders?status=CANCELLED&userId={one.UserId}")));
        (await Admin.GetAsync("/admin/orders?status=nope")).ExpectInvalid("status");
        (await Admin.GetAsync("/admin/orders?userId=x")).ExpectInvalid("userId");
        (await one.GetAsync("/admin/orders")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    private static Task<int> ExpireAsync(ShopHost host) => host.Services.GetRequiredService<ExpireOrders>().RunOnceAsync(CancellationToken.None);

    private static IEnumerable<Guid> Ids(Answer page) => page.Expect(HttpStatusCode.OK)["items"].EnumerateArray().Select(order => order.GetProperty("orderId").GetGuid());

    private List<string> PlatformLines() =>
    [
        .. Directory.EnumerateFiles(Shop.PlatformDirectory, "*.ndjson").SelectMany(File.ReadLines)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(line => $"{line.GetProperty("type").GetString()}:{line.GetProperty("sequence").GetInt32()}"),
    ];
}
