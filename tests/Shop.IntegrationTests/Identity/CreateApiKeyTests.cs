using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class CreateApiKeyTests : IdentityTest
{
    [Fact]
    public async Task A_key_has_exactly_the_permissions_that_it_was_given_on_every_host_at_once()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var created = (await CreateAsync("users:act-for", "users:write")).Expect(HttpStatusCode.Created);
        Assert.Equal(
            ["apiKeyId", "name", "permissions", "key", "createdAt", "expiresAt"],
            created.Body.EnumerateObject().Select(member => member.Name));
        Assert.Matches("^shop_[A-Za-z0-9_-]{43}$", created["key"].GetString());

        var customer = await SignUpAsync();
        foreach (var host in (ShopHost[])[Shop, other])
        {
            var storefront = host.Client(created["key"].GetString());
            (await storefront.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 }))
                .Expect(HttpStatusCode.OK);
            (await storefront.PostAsync(
                "/admin/users", new { email = $"made{host.GetHashCode()}@example.com", name = "Made" }))
                .Expect(HttpStatusCode.Created);
            foreach (var path in (string[])["/admin/users", "/admin/orders", "/admin/api-keys"])
                (await storefront.GetAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
            (await storefront.DeleteAsync("/sessions/current"))
                .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        }

        Assert.Equal(0, await Shop.QueryAsync<long>(
            $"select count(*) from identity.api_keys k where k::text like '%{created["key"].GetString()}%'"));
    }

    [Fact]
    public async Task A_key_acts_for_nobody_with_a_permission_that_it_lacks()
    {
        var storefront = await ClientAsync("users:act-for");
        var (customer, support) = (await SignUpAsync(), await SignUpStaffAsync("SUPPORT"));
        (await storefront.GetAsync($"/users/{customer.UserId}/cart")).Expect(HttpStatusCode.OK);
        (await storefront.GetAsync($"/users/{support.UserId}/cart"))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await storefront.PostAsync(
            "/orders", new { userId = support.UserId, items = new[] { new { productId = 1, quantity = 1 } } }))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task Nobody_gives_a_permission_that_they_lack()
    {
        var maker = await ClientAsync("api-keys:write", "users:roles", "orders:read");
        (await maker.PostAsync("/admin/api-keys", Key("orders:read"))).Expect(HttpStatusCode.Created);
        (await maker.PostAsync("/admin/api-keys", Key("orders:read", "orders:refund")))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");

        var (customer, support) = (await SignUpAsync(), await SignUpStaffAsync("SUPPORT"));
        (Customer, string)[] changes = [(customer, "ADMIN"), (customer, "SUPPORT"), (support, "CUSTOMER")];
        foreach (var (user, role) in changes)
            (await maker.PatchAsync($"/admin/users/{user.UserId}", new { role }))
                .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await maker.PatchAsync($"/admin/users/{support.UserId}", new { status = "DISABLED" }))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await maker.PatchAsync($"/admin/users/{customer.UserId}", new { status = "DISABLED" }))
            .Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_no_key_or_has_expired_is_401()
    {
        string[] texts = ["shop_", "shop_x", $"shop_{new string('A', 43)}", $"shop_{new string('+', 43)}"];
        foreach (var text in texts)
            (await Shop.Client(text).GetAsync("/admin/users"))
                .ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");

        var expiresAt = Shop.Clock.GetUtcNow().AddMinutes(10);
        var created = await Admin.PostAsync(
            "/admin/api-keys", new { name = "Brief", permissions = new[] { "users:read" }, expiresAt });
        var client = Shop.Client(created.Expect(HttpStatusCode.Created)["key"].GetString());
        (await client.GetAsync("/admin/users")).Expect(HttpStatusCode.OK);
        Shop.Clock.Advance(TimeSpan.FromMinutes(10));
        (await client.GetAsync("/admin/users")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task Its_answer_is_shown_once_whatever_the_idempotency_key()
    {
        (await Admin.PostWithKeyAsync("k", "/admin/api-keys", Key("users:read"))).Expect(HttpStatusCode.Created);
        var again = await Admin.PostWithKeyAsync("k", "/admin/api-keys", Key("users:read"));
        again.ExpectProblem(HttpStatusCode.Conflict, "idempotency.answer_not_kept");
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from identity.api_keys"));
        (await Admin.PostWithKeyAsync("k", "/admin/api-keys", Key("orders:read")))
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
    }

    [Fact]
    public async Task Idempotency_keys_of_a_user_and_of_api_keys_are_not_each_others()
    {
        var customer = await SignUpAsync();
        ShopClient[] callers =
            [customer.Client, await ClientAsync("users:act-for"), await ClientAsync("users:act-for")];
        foreach (var caller in callers)
        {
            var path = $"/users/{customer.UserId}/balance/charges";
            Assert.False((await caller.PostWithKeyAsync("k", path, new { amount = 1_000 }))
                .Expect(HttpStatusCode.OK).IsReplay);
            Assert.True((await caller.PostWithKeyAsync("k", path, new { amount = 1_000 }))
                .Expect(HttpStatusCode.OK).IsReplay);
        }

        Assert.Equal(3_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task What_is_no_request_for_a_key_is_refused()
    {
        (await CreateAsync()).ExpectInvalid("permissions");
        (await CreateAsync("users:all")).ExpectInvalid("permissions");
        (await Admin.PostAsync("/admin/api-keys", new { name = " ", permissions = new[] { "users:read" } }))
            .ExpectInvalid("name");
        (await Admin.PostAsync(
            "/admin/api-keys",
            new { name = "Late", permissions = new[] { "users:read" }, expiresAt = "2020-01-01T00:00:00Z" }))
            .ExpectInvalid("expiresAt");
    }

    private static object Key(params string[] permissions) => new { name = "Storefront", permissions };

    private Task<Answer> CreateAsync(params string[] permissions) => Admin.PostAsync(
        "/admin/api-keys", Key(permissions));

    private async Task<ShopClient> ClientAsync(params string[] permissions) =>
        Shop.Client((await CreateAsync(permissions)).Expect(HttpStatusCode.Created)["key"].GetString());
}
