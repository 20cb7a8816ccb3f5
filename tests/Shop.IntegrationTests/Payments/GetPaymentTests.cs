using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Payments;

public sealed class GetPaymentTests : ShopTest
{
    private protected override Task<ShopHost> StartAsync() =>
        SharedHosts.LendAsync(SharedHosts.ManyOpenOrders);

    [Fact]
    public async Task Somebody_elses_payment_is_not_found()
    {
        var product = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 10_000);
        var other = await SignUpAsync(balance: 10_000);
        var order = await customer.PlaceAsync((product, 1));

        var payment = (await Admin.PostAsync("/payments", new { orderId = order }))
            .Expect(HttpStatusCode.Created)["paymentId"]
            .GetGuid();
        Assert.Equal(9_000, await customer.BalanceAsync());
        (await other.GetAsync($"/payments/{payment}")).ExpectProblem(HttpStatusCode.NotFound, "payments.not_found");
        (await other.GetAsync($"/users/{customer.UserId}/payments")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await customer.GetAsync($"/payments/{Guid.NewGuid()}")).ExpectProblem(
            HttpStatusCode.NotFound, "payments.not_found");
        (await Admin.GetAsync("/users/999999/payments")).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
    }
}
