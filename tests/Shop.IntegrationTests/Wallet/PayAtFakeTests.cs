using System.Net;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class PayAtFakeTests : TopUpTest
{
    [Fact]
    public async Task Its_buttons_take_no_money()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        Assert.NotEqual(await PayAsync(topUpId), await PayAsync(topUpId, approve: false));
        await LookUpAsync();
        Assert.Equal("PENDING", await StatusOfAsync(customer, topUpId));
        (await Anonymous.PostAsync("/fake-payments", new { orderId = topUpId, amount = 0, approve = true }))
            .ExpectInvalid("amount");
        (await Anonymous.PostAsync("/fake-payments", new { orderId = "", amount = 1, approve = true })).ExpectInvalid(
            "orderId");
        Assert.Equal(HttpStatusCode.OK, (await customer.GetAsync($"/top-ups/{topUpId}")).Status);
    }
}
