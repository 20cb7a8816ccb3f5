using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class GetTopUpTests : TopUpTest
{
    [Fact]
    public async Task A_top_up_is_its_users_and_those_who_read_users()
    {
        var (owner, other) = (await SignUpAsync(), await SignUpAsync());
        var topUpId = await CreateAsync(owner);
        var paymentId = await PayAsync(topUpId);
        (await other.GetAsync($"/top-ups/{topUpId}")).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.top_up_not_found");
        (await ConfirmAsync(other, topUpId, paymentId)).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.top_up_not_found");
        (await owner.GetAsync($"/top-ups/{Guid.NewGuid()}")).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.top_up_not_found");
        (await ConfirmAsync(owner, Guid.NewGuid(), paymentId)).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.top_up_not_found");

        var support = await SignUpStaffAsync("SUPPORT");
        var marketer = await SignUpStaffAsync("MARKETER");
        (await support.GetAsync($"/top-ups/{topUpId}")).Expect(HttpStatusCode.OK);
        (await marketer.GetAsync($"/top-ups/{topUpId}")).Expect(HttpStatusCode.OK);
        (await ConfirmAsync(marketer, topUpId, paymentId)).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.top_up_not_found");
        Assert.Equal("PENDING", await StatusOfAsync(owner, topUpId));
        (await ConfirmAsync(support, topUpId, paymentId)).Expect(HttpStatusCode.OK);
        Assert.Equal(5_000, await owner.BalanceAsync());
    }
}
