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
        var (client, stranger) = (
            host.Client(await SignInAsync(customer.Email, "correct horse")),
            host.Client(await SignInAsync(other.Email, "correct horse")));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => client.PostAsync(charges, new { amount = 1_000 })));
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        foreach (var refused in answers.Where(answer => answer.Status != HttpStatusCode.OK))
        {
            refused.ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        }

        Assert.Equal(3_000, await customer.BalanceAsync());
        (await stranger.PostAsync($"/users/{other.UserId}/balance/charges", new { amount = 1_000 })).Expect(
            HttpStatusCode.OK);
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

        (await client.PostAsync("/coupons/1/issue", new { userId = customer.UserId })).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.not_found");
        (await client.PostAsync("/coupons/1/requests", new { userId = customer.UserId })).ExpectProblem(
            HttpStatusCode.TooManyRequests, "rate_limited");
        (await anonymous.PostAsync("/sessions", new { email = customer.Email, password = "correct horse" })).Expect(
            HttpStatusCode.OK);
        (await anonymous.PostAsync("/sessions/refresh", new { refreshToken = "x" })).ExpectProblem(
            HttpStatusCode.TooManyRequests, "rate_limited");
        (await anonymous.PostAsync(
            "/users",
            new { email = "first@example.com", password = "correct horse", name = "First" })).Expect(
                HttpStatusCode.Created);
        (await anonymous.PostAsync(
            "/users", new { email = "second@example.com", password = "correct horse", name = "Second" }))
            .ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task Commands_with_a_key_have_a_limit_of_their_own()
    {
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, Limit("Keys", 2));
        var client = host.Client(customer.Client.AccessToken);
        var charges = $"/users/{customer.UserId}/balance/charges";
        var amount = new { amount = 1_000 };

        // A repeat counts: it takes what a first one takes.
        (await client.PostWithKeyAsync("a", charges, amount)).Expect(HttpStatusCode.OK);
        (await client.PostWithKeyAsync("a", charges, amount)).Expect(HttpStatusCode.OK);
        ExpectLimited(await client.PostWithKeyAsync("b", charges, amount));
        ExpectLimited(await client.PostWithKeyAsync("c", "/coupons/1/issue", new { userId = customer.UserId }));
        (await client.PostAsync(charges, amount)).Expect(HttpStatusCode.OK);
        var stranger = host.Client(other.Client.AccessToken);
        var ofStranger = $"/users/{other.UserId}/balance/charges";
        (await stranger.PostWithKeyAsync("a", ofStranger, amount)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Orders_carts_payments_and_reads_are_limited_by_user_and_anonymous_reads_by_network()
    {
        var (customer, other) = (await SignUpAsync(balance: 10_000), await SignUpAsync());
        var product = await CreateProductAsync();
        var settings = Limit("Orders", 2).Concat(Limit("Carts", 2))
            .Concat(Limit("Payments", 1)).Concat(Limit("Reads", 2))
            .Append(new("Http:KnownProxies", "127.0.0.1,::1"))
            .ToDictionary();
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, settings);
        var client = host.Client(customer.Client.AccessToken);
        var cart = $"/users/{customer.UserId}/cart";
        var order = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } };

        (await client.PostAsync($"{cart}/items", new { productId = product, quantity = 1 })).Expect(HttpStatusCode.OK);
        (await client.DeleteAsync(cart)).Expect(HttpStatusCode.NoContent);
        ExpectLimited(await client.PutAsync($"{cart}/items/{product}", new { quantity = 1 }));
        ExpectLimited(await client.DeleteAsync($"{cart}/items/{product}"));

        var placed = (await client.PostAsync("/orders", order)).Expect(HttpStatusCode.Created)["orderId"].GetGuid();
        (await client.PostAsync("/payments", new { orderId = placed })).Expect(HttpStatusCode.Created);
        ExpectLimited(await client.PostAsync("/payments", new { orderId = placed }));
        (await client.PostAsync("/checkout", order)).Expect(HttpStatusCode.Created);
        ExpectLimited(await client.PostAsync("/orders", order));
        ExpectLimited(await client.PostAsync("/checkout", order));
        ExpectLimited(await client.PostAsync($"/orders/{placed}/cancel"));

        (await client.GetAsync(cart)).Expect(HttpStatusCode.OK);
        (await client.GetAsync($"/products/{product}")).Expect(HttpStatusCode.OK);
        ExpectLimited(await client.GetAsync($"/orders/{placed}"));
        var stranger = host.Client(other.Client.AccessToken);
        (await stranger.GetAsync($"/users/{other.UserId}/cart")).Expect(HttpStatusCode.OK);

        foreach (var address in (string[])["192.0.2.1", "2001:db8::1"])
        {
            (await host.ClientFrom(address).GetAsync("/products")).Expect(HttpStatusCode.OK);
            (await host.ClientFrom(address).GetAsync("/coupons")).Expect(HttpStatusCode.OK);
            ExpectLimited(await host.ClientFrom(address).GetAsync("/products/popular"));
        }

        ExpectLimited(await host.ClientFrom("2001:db8::2").GetAsync("/products"));
    }

    [Fact]
    public async Task An_administrators_sign_in_is_limited_like_any_other()
    {
        var token = Admin.AccessToken;
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, Limit("SignIn", 2));
        var credentials = new { email = "admin@shop.local", password = "admin-password" };
        (await host.Client().PostAsync("/sessions", credentials)).Expect(HttpStatusCode.OK);
        (await host.Client(token).PostAsync("/sessions", credentials)).Expect(HttpStatusCode.OK);
        ExpectLimited(await host.Client(token).PostAsync("/sessions", credentials));
        ExpectLimited(await host.Client().PostAsync("/sessions", credentials));
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
        Assert.Equal(
            [HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests],
            await SignInFromAsync(strict));

        var elsewhere = new Dictionary<string, string>(
            Limit("SignIn", 1))
        { ["Http:KnownProxies"] = "192.0.2.7,10.0.0.0/8" };
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString, elsewhere);
        Assert.Equal(
            [HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests],
            await SignInFromAsync(other));

        var here = new Dictionary<string, string>(
            Limit("SignIn", 1))
        { ["Http:KnownProxies:0"] = "127.0.0.1", ["Http:KnownProxies:1"] = "::1" };
        await using var behind = await ShopHost.StartAsync(Shop.ConnectionString, here);
        Assert.Equal(
            [HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests],
            await SignInFromAsync(behind));
    }

    private static void ExpectLimited(Answer answer)
    {
        answer.ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
    }

    // The third comes from the address of the second.
    private static async Task<HttpStatusCode[]> SignInFromAsync(ShopHost host)
    {
        var statuses = new List<HttpStatusCode>();
        foreach (var address in (string[])["198.51.100.1", "198.51.100.2", "198.51.100.2"])
        {
            var credentials = new { email = "nobody@example.com", password = "wrong password" };
            statuses.Add((await host.ClientFrom(address).PostAsync("/sessions", credentials)).Status);
        }

        return [.. statuses];
    }

    private static Dictionary<string, string> Limit(string name, int permits) =>
        new() { [$"RateLimiting:{name}:Permits"] = $"{permits}", [$"RateLimiting:{name}:Window"] = "01:00:00" };
}
