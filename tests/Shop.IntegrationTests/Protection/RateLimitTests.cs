using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

public sealed class RateLimitTests : ShopTest
{
    [Fact]
    public async Task Beyond_a_limit_a_customer_is_told_when_to_come_again()
    {
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        var charges = $"/users/{customer.UserId}/balance/charges";
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, Limit("Charges", 3));
        var (client, stranger) = (host.Client(await SignInAsync(customer.Email, "correct horse")), host.Client(await SignInAsync(other.Email, "correct horse")));

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.PostAsync(charges, new { amount = 1_000 })));
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        foreach (var refused in answers.Where(answer => answer.Status != HttpStatusCode.OK))
        {
            refused.ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        }

        Assert.Equal(3_000, await customer.BalanceAsync());
        (await stranger.PostAsync($"/users/{other.UserId}/balance/charges", new { amount = 1_000 })).Expect(HttpStatusCode.OK);
        (await client.GetAsync($"/users/{customer.UserId}/balance")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Each_limit_has_its_endpoints()
    {
        var customer = await SignUpAsync();
        var token = await SignInAsync(customer.Email, "correct horse");
        var settings = Limit("Coupons", 1).Concat(Limit("SignIn", 1)).Concat(Limit("Registration", 1)).ToDictionary();
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, settings);
        var (client, anonymous) = (host.Client(token), host.Client());

        (await client.PostAsync("/coupons/1/issue", new { userId = customer.UserId })).ExpectProblem(HttpStatusCode.NotFound, "coupons.not_found");
        (await client.PostAsync("/coupons/1/requests", new { userId = customer.UserId })).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        (await anonymous.PostAsync("/sessions", new { email = customer.Email, password = "correct horse" })).Expect(HttpStatusCode.OK);
        (await anonymous.PostAsync("/sessions/refresh", new { refreshToken = "x" })).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        (await anonymous.PostAsync("/users", new { email = "first@example.com", password = "correct horse", name = "First" })).Expect(HttpStatusCode.Created);
        (await anonymous.PostAsync("/users", new { email = "second@example.com", password = "correct horse", name = "Second" }))
            .ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task Administrators_who_act_for_everybody_and_switched_off_limits_are_not_held_up()
    {
        var customer = await SignUpAsync();
        var charges = $"/users/{customer.UserId}/balance/charges";
        await using var limited = await ShopHost.StartAsync(Shop.ConnectionString, Limit("Charges", 1));
        var admin = limited.Client(await SignInAsync("admin@shop.local", "admin-password"));
        for (var i = 0; i < 5; i++)
            (await admin.PostAsync(charges, new { amount = 1_000 })).Expect(HttpStatusCode.OK);

        var off = new Dictionary<string, string>(Limit("Charges", 1)) { ["RateLimiting:Enabled"] = "false" };
        await using var unlimited = await ShopHost.StartAsync(Shop.ConnectionString, off);
        var client = unlimited.Client(await SignInAsync(customer.Email, "correct horse"));
        for (var i = 0; i < 5; i++)
            (await client.PostAsync(charges, new { amount = 1_000 })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_cannot_choose_its_address_unless_it_is_a_known_proxy()
    {
        await using var strict = await ShopHost.StartAsync(Shop.ConnectionString, Limit("SignIn", 1));
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests], await SignInFromAsync(strict));

        var elsewhere = new Dictionary<string, string>(Limit("SignIn", 1)) { ["Http:KnownProxies"] = "192.0.2.7,10.0.0.0/8" };
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString, elsewhere);
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests], await SignInFromAsync(other));

        var here = new Dictionary<string, string>(Limit("SignIn", 1)) { ["Http:KnownProxies:0"] = "127.0.0.1", ["Http:KnownProxies:1"] = "::1" };
        await using var behind = await ShopHost.StartAsync(Shop.ConnectionString, here);
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests], await SignInFromAsync(behind));
    }

    // The third comes from the address of the second.
    private static async Task<HttpStatusCode[]> SignInFromAsync(ShopHost host)
    {
        var statuses = new List<HttpStatusCode>();
        foreach (var address in (string[])["198.51.100.1", "198.51.100.2", "198.51.100.2"])
        {
            using var http = host.CreateClient();
            http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
            statuses.Add((await new ShopClient(http, host.Services, accessToken: null).PostAsync("/sessions", new { email = "nobody@example.com", password = "wrong password" })).Status);
        }

        return [.. statuses];
    }

    private static Dictionary<string, string> Limit(string name, int permits) =>
        new() { [$"RateLimiting:{name}:Permits"] = $"{permits}", [$"RateLimiting:{name}:Window"] = "01:00:00" };
}
