using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Orders;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class RefundPaymentTests : ShopTest
{
    private protected override Task<ShopHost> StartAsync() =>
        SharedHosts.LendAsync(SharedHosts.ManyOpenOrders);

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
        (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 8_000 })).Expect(
            HttpStatusCode.OK);
        if (soldBefore)
            await Shop.DeliverEventsAsync();

        var refunded = (await customer.PostAsync($"/orders/{order}/cancel", new { })).Expect(HttpStatusCode.OK);
        Assert.Equal("REFUNDED", refunded["status"].GetString());
        Assert.Equal(payment, refunded["paymentId"].GetGuid());
        Assert.Equal(10_008_000, await customer.BalanceAsync());
        var entry = (await customer.GetAsync($"/users/{customer.UserId}/balance/history?limit=1"))["items"][0];
        Assert.Equal(
            ("REFUND", 8_000L, payment),
            (
                entry.GetProperty("type").GetString(),
                entry.GetProperty("amount").GetInt64(),
                entry.GetProperty("reference").GetGuid()));
        var read = (await customer.GetAsync($"/payments/{payment}")).Expect(HttpStatusCode.OK);
        Assert.Equal(("COMPLETED", JsonValueKind.String), (read["status"].GetString(), read["refundedAt"].ValueKind));

        await Shop.DeliverEventsAsync();
        Assert.Equal(10, await StockOfAsync(tea));
        Assert.Equal(10, await Shop.QueryAsync<long>("select sum(delta)::bigint from catalog.stock_movements"));
        await Shop.DeliverToPlatformAsync();
        await Shop.DeliverToPlatformAsync();
        Assert.Equal(["order.paid:1", "order.refunded:2"], Shop.PlatformLines());
    }
}
