using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class GetBalanceTests : ShopTest
{
    [Fact]
    public async Task A_wallet_is_its_owners_and_the_admins()
    {
        var owner = await SignUpAsync();
        var other = await SignUpAsync();
        (await other.ChargeAsync(owner.UserId, 1_000)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.GetAsync($"/users/{owner.UserId}/balance")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.GetAsync($"/users/{owner.UserId}/balance/history")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync($"/users/{owner.UserId}/balance")).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");

        (await Admin.PostAsync($"/users/{owner.UserId}/balance/charges", new { amount = 1_000 })).Expect(
            HttpStatusCode.OK);
        Assert.Equal(1_000, await owner.BalanceAsync());
        (await Admin.PostAsync("/users/999999/balance/charges", new { amount = 1_000 })).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.GetAsync("/users/999999/balance")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.GetAsync("/users/999999/balance/history")).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
    }
}
