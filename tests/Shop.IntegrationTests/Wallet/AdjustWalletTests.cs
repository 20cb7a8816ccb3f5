using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class AdjustWalletTests : ShopTest
{
    [Fact]
    public async Task An_adjustment_changes_the_balance_and_is_entered_with_its_reason()
    {
        var customer = await SignUpAsync(balance: 3_000);
        var up = (await AdjustAsync(Admin, customer.UserId, 7, "a gift")).Expect(HttpStatusCode.Created);
        var down = (await AdjustAsync(Admin, customer.UserId, -3_007, " taken back ")).Expect(HttpStatusCode.Created);

        Assert.Equal(customer.UserId, down["userId"].GetInt64());
        Assert.Equal(3_007, up["balance"].GetInt64());
        Assert.Equal(0, down["balance"].GetInt64());
        Assert.Equal(0, await customer.BalanceAsync());

        var line = (await customer.GetAsync($"/users/{customer.UserId}/balance/history"))["items"][0];
        Assert.Equal(down["transactionId"].GetInt64(), line.GetProperty("transactionId").GetInt64());
        Assert.Equal("ADJUSTMENT", line.GetProperty("type").GetString());
        Assert.Equal(-3_007, line.GetProperty("amount").GetInt64());
        Assert.Equal("taken back", line.GetProperty("reference").GetString());
    }

    [Theory]
    [InlineData("""{"amount": 0, "reason": "nothing"}""", "amount")]
    [InlineData("""{"amount": 1.5, "reason": "half"}""", "amount")]
    [InlineData("""{"amount": "5", "reason": "text"}""", "amount")]
    [InlineData("""{"reason": "none"}""", "amount")]
    [InlineData("""{"amount": 5}""", "reason")]
    [InlineData("""{"amount": 5, "reason": "  "}""", "reason")]
    [InlineData("""{"amount": 5, "reason": null}""", "reason")]
    public async Task A_malformed_adjustment_is_refused(string body, string field)
    {
        var customer = await SignUpAsync();
        var path = $"/admin/users/{customer.UserId}/balance/adjustments";
        (await Admin.SendRawAsync(HttpMethod.Post, path, body)).ExpectInvalid(field);
        (await AdjustAsync(Admin, customer.UserId, 5, new string('x', 501))).ExpectInvalid("reason");
        Assert.Equal(0, await customer.BalanceAsync());
    }

    [Fact]
    public async Task No_adjustment_goes_below_nothing_or_past_the_maximum()
    {
        var customer = await SignUpAsync(balance: 2_000);
        var below = (await AdjustAsync(Admin, customer.UserId, -2_001)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.insufficient_balance");
        Assert.Equal(2_000, below["balance"].GetInt64());
        var above = (await AdjustAsync(Admin, customer.UserId, 9_998_001)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.maximum_balance_exceeded");
        Assert.Equal(10_000_000, above["maximum"].GetInt64());
        Assert.Equal(2_000, above["balance"].GetInt64());
        (await AdjustAsync(Admin, customer.UserId, long.MinValue)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.insufficient_balance");
        (await AdjustAsync(Admin, customer.UserId, long.MaxValue)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.maximum_balance_exceeded");
        (await AdjustAsync(Admin, 999_999, 1)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        Assert.Equal(2_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Adjusting_needs_its_permission()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var finance = await SignUpStaffAsync("FINANCE");
        var support = await SignUpStaffAsync("SUPPORT");
        (await AdjustAsync(customer.Client, customer.UserId, 1)).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await AdjustAsync(support.Client, customer.UserId, 1)).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await AdjustAsync(finance.Client, customer.UserId, -1)).Expect(HttpStatusCode.Created);
        Assert.Equal(999, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Twenty_at_once_take_no_more_than_the_wallet_holds_and_a_key_counts_once()
    {
        var customer = await SignUpAsync(balance: 5_000);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => AdjustAsync(Admin, customer.UserId, -1_000)));
        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "wallet.insufficient_balance"));

        var path = $"/admin/users/{customer.UserId}/balance/adjustments";
        var body = new { amount = 300, reason = "once" };
        var first = (await Admin.PostWithKeyAsync("adjust", path, body)).Expect(HttpStatusCode.Created);
        var again = (await Admin.PostWithKeyAsync("adjust", path, body)).Expect(HttpStatusCode.Created);
        Assert.Equal(first["transactionId"].GetInt64(), again["transactionId"].GetInt64());
        Assert.Equal(300, await customer.BalanceAsync());
        var audit = (await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.True, audit["consistent"].ValueKind);
    }

    private static Task<Answer> AdjustAsync(ShopClient client, long userId, long amount, string reason = "counted") =>
        client.PostAsync($"/admin/users/{userId}/balance/adjustments", new { amount, reason });
}
