using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Http;
using Shop.Identity.Access;
using Shop.IntegrationTests.Testing;
using Shop.Messages;
using Shop.Wallet.Contracts;
using Shop.Wallet.TopUps;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class CloseWalletTests : TopUpTest
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

    [Fact]
    public async Task A_top_up_that_nobody_has_paid_ends_with_the_wallet_and_takes_no_money()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var paymentId = await PayAsync(topUpId);
        (await EraseAsync(customer)).Expect(HttpStatusCode.NoContent);
        (await ConfirmAsAdminAsync(topUpId, paymentId)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.top_up_expired");
        (await Admin.PostAsync($"/users/{customer.UserId}/top-ups", new { amount = 5_000 })).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
        Assert.Equal(0, await TakenAsync());
        await ExpectConsistentAsync();
    }

    [Fact]
    public async Task A_top_up_whose_answer_is_not_known_is_in_the_way_and_lands_in_the_books_of_a_closed_wallet()
    {
        await using var down = await ShopHost.StartAsync(
            Shop.ConnectionString,
            new Dictionary<string, string> { ["Wallet:TopUps:Fake:Behaviour"] = "Down" });
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        (await down.Client(customer.Client.AccessToken).PostAsync(
            $"/top-ups/{topUpId}/confirm", new { providerPaymentId = "lost" }))
            .Expect(HttpStatusCode.ServiceUnavailable);
        (await EraseAsync(customer)).ExpectProblem(HttpStatusCode.Conflict, "identity.has_balance");
        (await EraseAsync(customer, forfeit: true)).Expect(HttpStatusCode.NoContent);

        await Shop.ExecuteAsync($"insert into wallet.fake_payments values ('lost', '{topUpId}', 5000, 'DONE')");
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        await LookUpAsync();
        Assert.Equal(
            5_000,
            await Shop.QueryAsync<long>($"select balance from wallet.wallets where user_id = {customer.UserId}"));
        await ExpectConsistentAsync();
    }

    [Fact]
    public async Task A_confirm_whose_lease_the_erasure_took_is_told_that_the_top_up_is_over()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        var settling = Shop.Services.GetRequiredService<TopUpSettling>();
        var caller = Caller.OfUser(
            customer.UserId, Permissions.None, Shop.Services.GetRequiredService<AccessCache>());
        var leased = await settling.LeaseAsync(topUpId, caller);
        (await EraseAsync(customer, forfeit: true)).Expect(HttpStatusCode.NoContent);
        var refused = await Assert.ThrowsAsync<ErrorException>(() => settling.MarkAskedAsync(leased!));
        Assert.Equal("wallet.top_up_expired", refused.Error.Code);
    }

    [Fact]
    public async Task A_confirm_and_an_erasure_at_once_lose_no_money()
    {
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        for (var round = 0; round < 6; round++)
        {
            var customer = await SignUpAsync();
            var topUpId = await CreateAsync(customer);
            var providerPaymentId = await PayAsync(topUpId);
            await Task.WhenAll(
                second.Client(Admin.AccessToken).PostAsync(
                    $"/top-ups/{topUpId}/confirm", new { providerPaymentId }),
                EraseAsync(customer, forfeit: round % 2 == 0));
        }

        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        await LookUpAsync();
        Assert.Equal(
            await TakenAsync(),
            await Shop.QueryAsync<long>(
                "select coalesce(sum(amount), 0)::bigint from wallet.ledger where type = 'CHARGE'"));
        await ExpectConsistentAsync();
    }

    private static Task<Answer> EraseAsync(Customer customer, bool? forfeit = null) =>
        customer.PostAsync($"/users/{customer.UserId}/erasure", new { password = "correct horse", forfeit });

    private Task<Answer> ConfirmAsAdminAsync(Guid topUpId, string providerPaymentId) =>
        Admin.PostAsync($"/top-ups/{topUpId}/confirm", new { providerPaymentId });

    private Task<long> TakenAsync() => Shop.QueryAsync<long>(
        "select coalesce(sum(amount), 0)::bigint from wallet.fake_payments where status = 'DONE'");

    private async Task ExpectConsistentAsync()
    {
        var audit = (await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK);
        Assert.True(audit["consistent"].GetBoolean(), audit.Text);
    }
}
