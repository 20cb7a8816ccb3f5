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
        var first = (await ChargeAsync(customer, 3_000)).Expect(HttpStatusCode.OK);
        var second = (await ChargeAsync(customer, 2_000)).Expect(HttpStatusCode.OK);

        Assert.Equal(customer.UserId, second["userId"].GetInt64());
        Assert.Equal(5_000, second["balance"].GetInt64());
        Assert.True(second["transactionId"].GetInt64() > first["transactionId"].GetInt64());
        Assert.Equal(5_000, await customer.BalanceAsync());

        var history = (await customer.GetAsync($"/users/{customer.UserId}/balance/history")).Expect(HttpStatusCode.OK)["items"];
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
        (await customer.Client.SendRawAsync(HttpMethod.Post, $"/users/{customer.UserId}/balance/charges", body)).ExpectInvalid(field);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_charge_past_a_limit_is_refused_with_the_limit()
    {
        var customer = await SignUpAsync(balance: 9_999_000);
        var tooSmall = (await ChargeAsync(customer, 999)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "wallet.below_minimum_charge");
        Assert.Equal(1_000, tooSmall["minimum"].GetInt64());

        var tooMuch = (await ChargeAsync(customer, 1_001)).ExpectProblem(HttpStatusCode.Conflict, "wallet.maximum_balance_exceeded");
        Assert.Equal(10_000_000, tooMuch["maximum"].GetInt64());
        Assert.Equal(9_999_000, tooMuch["balance"].GetInt64());

        (await ChargeAsync(customer, long.MaxValue)).ExpectProblem(HttpStatusCode.Conflict, "wallet.maximum_balance_exceeded");
        (await ChargeAsync(customer, 1_000)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Fifty_charges_at_once_add_up_exactly()
    {
        var customer = await SignUpAsync();
        var answers = await Task.WhenAll(Enumerable.Range(1, 50).Select(i => ChargeAsync(customer, 1_000 + i)));

        Assert.All(answers, answer => answer.Expect(HttpStatusCode.OK));
        var expected = Enumerable.Range(1, 50).Sum(i => 1_000L + i);
        Assert.Equal(expected, await customer.BalanceAsync());
        Assert.Equal(expected, await Shop.QueryAsync<decimal>($"select sum(amount) from wallet.ledger where user_id = {customer.UserId}"));
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
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => ChargeAsync(customer, 1_000)));

        Assert.Equal(20, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("wallet.maximum_balance_exceeded", answer.Code));
        Assert.Equal(10_000_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_wallet_is_its_owners_and_the_admins()
    {
        var owner = await SignUpAsync();
        var other = await SignUpAsync();
        (await ChargeAsync(other, owner.UserId, 1_000)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.GetAsync($"/users/{owner.UserId}/balance")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.GetAsync($"/users/{owner.UserId}/balance/history")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync($"/users/{owner.UserId}/balance")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");

        (await Admin.PostAsync($"/users/{owner.UserId}/balance/charges", new { amount = 1_000 })).Expect(HttpStatusCode.OK);
        Assert.Equal(1_000, await owner.BalanceAsync());
        (await Admin.PostAsync("/users/999999/balance/charges", new { amount = 1_000 })).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.GetAsync("/users/999999/balance")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.GetAsync("/users/999999/balance/history")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    [Fact]
    public async Task The_history_is_paged_newest_first_and_a_cursor_opens_one_list_alone()
    {
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        for (var i = 0; i < 5; i++)
            (await ChargeAsync(customer, 1_000 + i)).Expect(HttpStatusCode.OK);

        var amounts = new List<long>();
        string? cursor = null;
        do
        {
            var page = (await customer.GetAsync($"/users/{customer.UserId}/balance/history?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(HttpStatusCode.OK);
            amounts.AddRange(page["items"].EnumerateArray().Select(item => item.GetProperty("amount").GetInt64()));
            cursor = page["nextCursor"].GetString();
            if (cursor is not null)
                (await other.GetAsync($"/users/{other.UserId}/balance/history?cursor={cursor}")).ExpectInvalid("cursor");
        }
        while (cursor is not null);

        Assert.Equal([1_004, 1_003, 1_002, 1_001, 1_000], amounts);
        foreach (var query in (string[])["limit=0", "limit=101", "limit=-1", "limit=abc", "limit=1.5", "limit=99999999999"])
            (await customer.GetAsync($"/users/{customer.UserId}/balance/history?{query}")).ExpectInvalid("limit");
        foreach (var forged in (string[])["x", "AAAA", "%00", "%ff%fe", new string('A', 500)])
            (await customer.GetAsync($"/users/{customer.UserId}/balance/history?cursor={forged}")).ExpectInvalid("cursor");
    }

    private static Task<Answer> ChargeAsync(Customer customer, long amount) => ChargeAsync(customer, customer.UserId, amount);

    private static Task<Answer> ChargeAsync(Customer customer, long userId, long amount) => customer.PostAsync($"/users/{userId}/balance/charges", new { amount });
}
