using System.Net;
using Shop.IntegrationTests.Testing;
using Shop.Wallet.Contracts;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class CloseWalletTests : ShopTest
{
    [Fact]
    public async Task A_wallet_that_holds_money_closes_only_where_that_is_given_up()
    {
        var customer = await SignUpAsync(balance: 5_000);
        Assert.False(await SendAsync(new CloseWallet(customer.UserId, Forfeit: false)));
        (await customer.ChargeAsync(1_000)).Expect(HttpStatusCode.OK);

        Assert.True(await SendAsync(new CloseWallet(customer.UserId, Forfeit: true)));
        Assert.Equal(0, await customer.BalanceAsync());
        (await customer.ChargeAsync(1_000)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await customer.OrderAsync((await CreateProductAsync(), 1))).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
        Assert.Equal(
            "ADJUSTMENT -6000 Given up by the erasure of the account.",
            await Shop.QueryAsync<string>(
                "select concat_ws(' ', type, amount, reason) from wallet.ledger order by transaction_id desc limit 1"));
    }
}
