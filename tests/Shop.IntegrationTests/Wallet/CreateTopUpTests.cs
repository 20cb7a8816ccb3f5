using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class CreateTopUpTests : TopUpTest
{
    [Fact]
    public async Task A_top_up_waits_for_its_payment_and_adds_nothing()
    {
        var customer = await SignUpAsync();
        var created = (await PostAsync(customer, 5_000)).Expect(HttpStatusCode.Created);
        var topUpId = created["topUpId"].GetGuid();

        Assert.Equal($"/api/v1/top-ups/{topUpId}", created.Headers.Location?.ToString());
        Assert.Equal(customer.UserId, created["userId"].GetInt64());
        Assert.Equal(5_000, created["amount"].GetInt64());
        Assert.Equal("PENDING", created["status"].GetString());
        Assert.Equal("FAKE", created["provider"].GetString());
        Assert.StartsWith("/pay/?", created["checkout"].GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, created["transactionId"].ValueKind);
        Assert.Equal(
            TimeSpan.FromMinutes(15),
            created["expiresAt"].GetDateTimeOffset() - created["createdAt"].GetDateTimeOffset());
        Assert.Equal(0, await customer.BalanceAsync());
    }

    [Theory]
    [InlineData("""{"amount": 0}""")]
    [InlineData("""{"amount": -1}""")]
    [InlineData("""{"amount": 1000.5}""")]
    [InlineData("""{"amount": "1000"}""")]
    [InlineData("""{}""")]
    public async Task A_malformed_top_up_is_refused(string body)
    {
        var customer = await SignUpAsync();
        (await customer.Client.SendRawAsync(HttpMethod.Post, $"/users/{customer.UserId}/top-ups", body)).ExpectInvalid(
            "amount");
    }

    [Fact]
    public async Task The_limits_of_a_charge_hold()
    {
        var customer = await SignUpAsync(balance: 9_000_000);
        (await PostAsync(customer, 999)).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "wallet.below_minimum_charge");
        (await PostAsync(customer, 1_000_001)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.maximum_balance_exceeded");
        (await PostAsync(customer, 1_000_000)).Expect(HttpStatusCode.Created);
        var other = await SignUpAsync();
        (await other.PostAsync($"/users/{customer.UserId}/top-ups", new { amount = 1_000 })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await Admin.PostAsync("/users/999999/top-ups", new { amount = 1_000 })).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
    }
}

/// <summary>A shop with few top-ups at once and a limit a day.</summary>
public sealed class TopUpLimitTests : TopUpTest
{
    [Fact]
    public async Task Pending_top_ups_count_for_the_day_and_are_few()
    {
        var customer = await SignUpAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PostAsync(customer, 5_000)));
        Assert.Equal(2, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        var over = (await PostAsync(customer, 5_000)).ExpectProblem(
            HttpStatusCode.Conflict, "wallet.daily_limit_exceeded");
        Assert.Equal(12_000, over["limit"].GetInt64());
        Assert.Equal(2_000, over["remaining"].GetInt64());
        (await customer.ChargeAsync(2_001)).ExpectProblem(HttpStatusCode.Conflict, "wallet.daily_limit_exceeded");

        (await PostAsync(customer, 1_000)).Expect(HttpStatusCode.Created);
        (await PostAsync(customer, 1_000)).ExpectProblem(HttpStatusCode.Conflict, "wallet.too_many_top_ups");
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        (await customer.ChargeAsync(12_000)).Expect(HttpStatusCode.OK);
    }

    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(new Dictionary<string, string>
    {
        ["Wallet:DailyChargeLimit"] = "12000",
        ["Wallet:TopUps:MaximumPending"] = "3",
    });
}

/// <summary>A shop without a provider.</summary>
public sealed class NoProviderTests : TopUpTest
{
    [Fact]
    public async Task There_are_no_top_ups()
    {
        var customer = await SignUpAsync();
        (await PostAsync(customer, 5_000)).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        (await Anonymous.PostAsync("/payment-events/fake", new { })).ExpectProblem(
            HttpStatusCode.NotFound, "not_found");
        (await customer.GetAsync($"/users/{customer.UserId}/top-ups")).Expect(HttpStatusCode.OK);
    }

    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string> { ["Wallet:TopUps:Provider"] = "None" });
}
