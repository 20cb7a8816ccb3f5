using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class ReceivePaymentEventTests : TopUpTest
{
    [Fact]
    public async Task An_event_is_answered_and_not_believed()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        foreach (var body in (string[])
        [
            $$"""{"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": "{{topUpId}}", "status": "DONE"} }""",
            $$"""{"orderId": "{{topUpId}}", "status": "DONE"}""",
            "{}", "[]", "null", "7", "{", "", """{"data": 1}""", """{"orderId": 5}""", """{"orderId": "x"}""",
            """{"orderId": "\ud800"}""",
        ])
            (await Anonymous.SendRawAsync(HttpMethod.Post, "/payment-events/fake", body)).Expect(HttpStatusCode.OK);
        Assert.Equal(1, await LookUpAsync());
        Assert.Equal("PENDING", await StatusOfAsync(customer, topUpId));
        Assert.Equal(0, await customer.BalanceAsync());
        (await Anonymous.PostAsync("/payment-events/toss", new { })).ExpectProblem(
            HttpStatusCode.NotFound, "not_found");
        (await Anonymous.PostAsync("/payment-events/other", new { })).ExpectProblem(
            HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task An_event_has_the_provider_asked_and_the_money_is_credited_once()
    {
        var customer = await SignUpAsync();
        var topUpId = await CreateAsync(customer);
        await Shop.ExecuteAsync(
            $"insert into wallet.fake_payments values ('told', '{topUpId}', 5000, 'DONE')");
        for (var i = 0; i < 3; i++)
        {
            (await Anonymous.PostAsync("/payment-events/FAKE", new { orderId = topUpId })).Expect(HttpStatusCode.OK);
            await Task.WhenAll(LookUpAsync(), LookUpAsync());
        }

        Assert.Equal("COMPLETED", await StatusOfAsync(customer, topUpId));
        await ExpectBooksAsync(customer, 5_000);
    }
}

/// <summary>A shop that hears few events.</summary>
public sealed class EventRateTests : TopUpTest
{
    [Fact]
    public async Task Events_beyond_the_rate_are_429()
    {
        for (var i = 0; i < 3; i++)
            (await Anonymous.PostAsync("/payment-events/fake", new { })).Expect(HttpStatusCode.OK);
        (await Anonymous.PostAsync("/payment-events/fake", new { })).ExpectProblem(
            HttpStatusCode.TooManyRequests, "rate_limited");
    }

    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(new Dictionary<string, string>
    {
        ["RateLimiting:PaymentEvents:Permits"] = "3",
        ["RateLimiting:PaymentEvents:Window"] = "1.00:00:00",
    });
}
