using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Orders;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class CancelOrderTests : ShopTest
{
    private protected override Task<ShopHost> StartAsync() =>
        SharedHosts.LendAsync(SharedHosts.ManyOpenOrders);

    [Fact]
    public async Task A_cancelled_order_gives_its_stock_back()
    {
        var tea = await CreateProductAsync(stock: 10);
        var customer = await SignUpAsync(balance: 5_000);
        var order = await customer.PlaceAsync((tea, 4));

        var cancelled = (await customer.PostAsync(
            $"/orders/{order}/cancel", new { reason = "changed my mind" })).Expect(HttpStatusCode.OK);
        Assert.Equal("CANCELLED", cancelled["status"].GetString());
        Assert.Equal(JsonValueKind.String, cancelled["closedAt"].ValueKind);
        Assert.Equal(cancelled.Text, (await customer.GetAsync($"/orders/{order}")).Text);
        Assert.Equal("changed my mind", cancelled["cancelReason"].GetString());
        Assert.Equal("changed my mind", (await customer.GetAsync($"/orders/{order}"))["cancelReason"].GetString());
        Assert.Equal("changed my mind", await Shop.QueryAsync<string>("select cancel_reason from ordering.orders"));
        await Shop.DeliverEventsAsync();
        Assert.Equal(10, await StockOfAsync(tea));
        Assert.Equal(5_000, await customer.BalanceAsync());

        var again = (await customer.PostAsync($"/orders/{order}/cancel")).ExpectProblem(
            HttpStatusCode.Conflict, "orders.not_cancellable");
        Assert.Equal("CANCELLED", again["orderStatus"].GetString());
        Assert.Equal(
            "CANCELLED",
            (await customer.PayAsync(order))
                .ExpectProblem(HttpStatusCode.Conflict, "orders.not_payable")["orderStatus"]
                .GetString());
    }

    [Fact]
    public async Task Somebody_elses_order_can_not_be_cancelled()
    {
        var tea = await CreateProductAsync();
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        var order = await customer.PlaceAsync((tea, 1));
        (await other.PostAsync($"/orders/{order}/cancel")).ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");
        (await customer.PostAsync($"/orders/{Guid.NewGuid()}/cancel")).ExpectProblem(
            HttpStatusCode.NotFound, "orders.not_found");
        (await customer.PostAsync($"/orders/{order}/cancel", new { reason = new string('x', 501) }))
            .ExpectInvalid("reason");
        (await Admin.PostAsync($"/orders/{order}/cancel")).Expect(HttpStatusCode.OK);
    }
}
