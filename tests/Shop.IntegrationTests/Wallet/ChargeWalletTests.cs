using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class ChargeWalletTests : ShopTest
{
    [Fact]
    public async Task A_charge_is_added_and_entered_in_the_ledger()
    {
        var customer = await SignUpAsync();
        var first = (await customer.ChargeAsync(3_000)).Expect(HttpStatusCode.OK);
        var second = (await customer.ChargeAsync(2_000)).Expect(HttpStatusCode.OK);

        Assert.Equal(customer.UserId, second["userId"].GetInt64());
        Assert.Equal(5_000, second["balance"].GetInt64());
        Assert.True(second["transactionId"].GetInt64() > first["transactionId"].GetInt64());
        Assert.Equal(5_000, await customer.BalanceAsync());

        var history = (await customer.GetAsync($"/users/{customer.UserId}/balance/history")).Expect(
            HttpStatusCode.OK)["items"];
        Assert.Equal(2, history.GetArrayLength());
        Assert.Equal(second["transactionId"].GetInt64(), history[0].GetProperty("transactionId").GetInt64());
        Assert.Equal("CHARGE", history[0].GetProperty("type").GetString());
        Assert.Equal(2_000, history[0].GetProperty("amount").GetInt64());
        Assert.Equal(5_000, history[0].GetProperty("balanceAfter").GetInt64());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, history[0].GetProperty("reference").ValueKind);
        Assert.EndsWith("Z", history[0].GetProperty("occurredAt").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"amount": 0}""", "amount")]
    [InlineData("""{"amount": -1000}""", "amount")]
    [InlineData("""{"amount": 1000.5}""", "amount")]
    [InlineData("""{"amount": 5000.0}""", "amount")]
    [InlineData("""{"amount": 1e3}""", "amount")]
    [InlineData("""{"amount": "5000"}""", "amount")]
    [InlineData("""{"amount": null}""", "amount")]
    [InlineData("""{"amount": 99999999999999999999}""", "amount")]
    [InlineData("""{"amount": 1000, "amount": 2000}""", "amount")]
    [InlineData("""{}""", "amount")]
    [InlineData("""[1000]""", "body")]
    [InlineData("""{"amount": 1000""", "amount")]
    [InlineData("""{"amount" 1000}""", "body")]
    [InlineData("", "body")]
    public async Task A_malformed_charge_is_refused_and_changes_nothing(string body, string field)
    {
        var customer = await SignUpAsync(balance: 1_000);
        (await customer.Client.SendRawAsync(
            HttpMethod.Post, $"/users/{customer.UserId}/balance/charges", body)).ExpectInvalid(field);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_charge_past_a_limit_is_refused_with_the_limit()
    {
        var customer = await SignUpAsync(balance: 9_999_000);
        var tooSmall = (await customer.ChargeAsync(999)).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "wallet.below_minimum_charge");
        Assert.Equal(1_000, tooSmall["minimum"].GetInt64());

        var tooMuch = (await customer.ChargeAsync(1_001)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.maximum_balance_exceeded");
        Assert.Equal(10_000_000, tooMuch["maximum"].GetInt64());
        Assert.Equal(9_999_000, tooMuch["balance"].GetInt64());

        (await customer.ChargeAsync(long.MaxValue)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.maximum_balance_exceeded");
        (await customer.ChargeAsync(1_000)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Fifty_charges_at_once_add_up_exactly()
    {
        var customer = await SignUpAsync();
        var answers = await Task.WhenAll(Enumerable.Range(1, 50).Select(i => customer.ChargeAsync(1_000 + i)));

        Assert.All(answers, answer => answer.Expect(HttpStatusCode.OK));
        var expected = Enumerable.Range(1, 50).Sum(i => 1_000L + i);
        Assert.Equal(expected, await customer.BalanceAsync());
        Assert.Equal(
            expected,
            await Shop.QueryAsync<decimal>($"select sum(amount) from wallet.ledger where user_id = {customer.UserId}"));
        Assert.Equal(0, await Shop.QueryAsync<long>("""
            select count(*) from (
                select balance_after, sum(amount) over (partition by user_id order by transaction_id) as running,
                    occurred_at, lag(occurred_at) over (partition by user_id order by transaction_id) as before
                from wallet.ledger) as l
            where balance_after <> running or occurred_at < before
            """));
    }

    [Fact]
    public async Task Fifty_charges_at_once_stop_at_the_maximum()
    {
        var customer = await SignUpAsync(balance: 9_980_000);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => customer.ChargeAsync(1_000)));

        Assert.Equal(20, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.OK),
            answer => Assert.Equal("wallet.maximum_balance_exceeded", answer.Code));
        Assert.Equal(10_000_000, await customer.BalanceAsync());
    }
}
