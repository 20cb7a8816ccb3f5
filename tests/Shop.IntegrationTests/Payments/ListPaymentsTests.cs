using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Payments;

public sealed class ListPaymentsTests : ShopTest
{
    private protected override Task<ShopHost> StartAsync() =>
        SharedHosts.LendAsync(SharedHosts.ManyOpenOrders);

    [Fact]
    public async Task Payments_are_listed_newest_first()
    {
        var product = await CreateProductAsync(price: 2_000);
        var customer = await SignUpAsync(balance: 5_000);
        for (var i = 0; i < 3; i++)
            await customer.PayAsync(await customer.PlaceAsync((product, 1)));

        var first = (await customer.GetAsync($"/users/{customer.UserId}/payments?limit=2")).Expect(HttpStatusCode.OK);
        var second =
            (await customer.GetAsync(
                $"/users/{customer.UserId}/payments?limit=2&cursor={first["nextCursor"].GetString()}")).Expect(
                    HttpStatusCode.OK);
        Assert.Equal(
            ["FAILED", "COMPLETED", "COMPLETED"],
            first["items"].EnumerateArray().Concat(second["items"].EnumerateArray()).Select(
                payment => payment.GetProperty("status").GetString()));
    }
}
