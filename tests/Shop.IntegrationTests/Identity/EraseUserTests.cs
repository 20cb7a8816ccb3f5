using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.Identity.Access;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class EraseUserTests : ExternalIdentityTest
{
    [Fact]
    public async Task What_is_personal_goes_and_the_books_stay()
    {
        var customer = await SignUpAsync(balance: 5_000);
        var product = await CreateProductAsync(price: 5_000);
        var orderId = await customer.PlaceAsync((product, 1));
        (await customer.PayAsync(orderId)).Expect(HttpStatusCode.Created);
        (await customer.PostAsync($"/users/{customer.UserId}/cart/items", new { productId = product, quantity = 1 }))
            .Expect(HttpStatusCode.OK);

        (await EraseAsync(customer.Client, customer.UserId)).Expect(HttpStatusCode.NoContent);
        (await customer.GetAsync("/users/me")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await TrySignInAsync(customer.Email)).ExpectProblem(
            HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        var erased = (await Admin.GetAsync($"/users/{customer.UserId}")).Expect(HttpStatusCode.OK);
        Assert.Equal("ERASED", erased["status"].GetString());
        Assert.Equal(JsonValueKind.Null, erased["email"].ValueKind);
        Assert.Equal(JsonValueKind.Null, erased["name"].ValueKind);
        (await Admin.GetAsync($"/orders/{orderId}")).Expect(HttpStatusCode.OK);
        foreach (var table in (string[])["sessions", "sign_in_networks", "external_identities"])
            Assert.Equal(0, await CountAsync($"identity.{table} where user_id = {customer.UserId}"));
        Assert.Equal(0, await CountAsync($"ordering.cart_items where user_id = {customer.UserId}"));
        Assert.Equal(1, await CountAsync($"ordering.orders where user_id = {customer.UserId}"));

        // The address is free, the number is not.
        Assert.NotEqual(
            customer.UserId,
            (await RegisterAsync(customer.Email)).Expect(HttpStatusCode.Created)["userId"].GetInt64());
        (await Admin.PostAsync($"/users/{customer.UserId}/erasure", new { })).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 })).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
        // Money that comes back later is in the books too.
        (await Admin.PostAsync($"/orders/{orderId}/cancel")).Expect(HttpStatusCode.OK);
        Assert.True((await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK)["consistent"].GetBoolean());
    }

    [Fact]
    public async Task A_wrong_password_counts_as_a_failed_sign_in_and_a_right_one_does_not()
    {
        var customer = await SignUpAsync(balance: 1_000);
        (await customer.PostAsync($"/users/{customer.UserId}/erasure", new { })).ExpectInvalid("password");
        for (var i = 0; i < 6; i++)
            (await EraseAsync(customer.Client, customer.UserId)).ExpectProblem(
                HttpStatusCode.Conflict, "identity.has_balance");
        for (var i = 0; i < 5; i++)
            (await EraseAsync(customer.Client, customer.UserId, "wrong password")).ExpectProblem(
                HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        ExpectLocked(await EraseAsync(customer.Client, customer.UserId));
        Assert.Equal("ACTIVE", (await Admin.GetAsync($"/users/{customer.UserId}"))["status"].GetString());
    }

    [Fact]
    public async Task Open_orders_and_money_are_in_the_way()
    {
        var customer = await SignUpAsync(balance: 1_000);
        var orderId = await customer.PlaceAsync((await CreateProductAsync(price: 500), 1));
        (await EraseAsync(customer.Client, customer.UserId, forfeit: true)).ExpectProblem(
            HttpStatusCode.Conflict, "identity.has_open_orders");
        (await customer.PostAsync($"/orders/{orderId}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        (await EraseAsync(customer.Client, customer.UserId)).ExpectProblem(
            HttpStatusCode.Conflict, "identity.has_balance");
        (await customer.GetAsync("/users/me")).Expect(HttpStatusCode.OK);

        (await EraseAsync(customer.Client, customer.UserId, forfeit: true)).Expect(HttpStatusCode.NoContent);
        var history = await Admin.GetAsync($"/users/{customer.UserId}/balance/history");
        var line = history["items"].EnumerateArray().First();
        Assert.Equal(
            ("ADJUSTMENT", -1_000), (line.GetProperty("type").GetString(), line.GetProperty("amount").GetInt64()));
        Assert.True((await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK)["consistent"].GetBoolean());
    }

    [Fact]
    public async Task Somebody_else_is_erased_with_a_permission_by_who_lacks_none_of_theirs()
    {
        var (customer, support) = (await SignUpAsync(), await SignUpStaffAsync("SUPPORT"));
        (await support.PostAsync($"/users/{customer.UserId}/erasure", new { })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await customer.PostAsync($"/users/{support.UserId}/erasure", new { })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        var key = (await Admin.PostAsync(
            "/admin/api-keys", new { name = "Storefront", permissions = (string[])["users:act-for", "users:write"] }))
            .Expect(HttpStatusCode.Created)["key"].GetString();
        var storefront = Shop.Client(key);
        (await storefront.PostAsync($"/users/{support.UserId}/erasure", new { })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await storefront.PostAsync($"/users/{customer.UserId}/erasure", new { })).Expect(HttpStatusCode.NoContent);
        (await storefront.PostAsync("/users/999999/erasure", new { })).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    [Fact]
    public async Task The_last_administrator_stays()
    {
        var adminId = (await Admin.GetAsync("/users/me"))["userId"].GetInt64();
        (await EraseAsync(Admin, adminId, "admin-password")).ExpectProblem(
            HttpStatusCode.Conflict, "identity.last_admin");
        var others = new[] { await SignUpStaffAsync("ADMIN"), await SignUpStaffAsync("ADMIN") };
        (await Admin.PatchAsync($"/admin/users/{adminId}", new { role = "CUSTOMER" })).Expect(HttpStatusCode.OK);

        // Two at once: one of them is the last.
        var answers = await Task.WhenAll(others.Select(other => EraseAsync(other.Client, other.UserId)));
        Assert.Equal(
            [HttpStatusCode.NoContent, HttpStatusCode.Conflict],
            answers.Select(answer => answer.Status).Order());
    }

    [Fact]
    public async Task An_order_a_charge_and_an_erasure_at_once_leave_no_order_or_money_of_an_erased_user()
    {
        await using var other = await StartAnotherAsync();
        var product = await CreateProductAsync(price: 0);
        for (var round = 0; round < 8; round++)
        {
            var customer = await SignUpAsync();
            var order = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } };
            var there = other.Client(Admin.AccessToken);
            await Task.WhenAll(
                EraseAsync(customer.Client, customer.UserId),
                EraseAsync(customer.Client, customer.UserId),
                there.PostAsync("/orders", order),
                there.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 1_000 }));
        }

        Assert.Equal(0, await CountAsync("""
            identity.users u where status = 'ERASED' and (
                exists (select from ordering.orders o where o.user_id = u.user_id and o.status = 'CREATED')
                or exists (select from wallet.wallets w where w.user_id = u.user_id and w.balance > 0))
            """));
        Assert.True((await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK)["consistent"].GetBoolean());
    }

    [Fact]
    public async Task It_holds_on_another_host_with_its_next_read_and_tokens_of_before_make_no_new_user()
    {
        await using var other = await StartAnotherAsync();
        var token = Issuer.Token("erased", ("iat", DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 1));
        var userId = (await MeAsync(token)).Expect(HttpStatusCode.OK)["userId"].GetInt64();
        (await other.Client(token).GetAsync("/users/me")).Expect(HttpStatusCode.OK);

        // The account has no password: the provider's token is enough.
        (await Shop.Client(token).PostAsync($"/users/{userId}/erasure", new { })).Expect(HttpStatusCode.NoContent);
        await other.Services.GetRequiredService<ReadAccess>().RunOnceAsync(CancellationToken.None);
        foreach (var host in (ShopHost[])[Shop, other])
            (await host.Client(token).GetAsync("/users/me")).ExpectProblem(
                HttpStatusCode.Unauthorized, "auth.unauthenticated");
        Assert.Equal(0, await CountAsync("identity.external_identities"));

        var later = Issuer.Token("erased", ("iat", DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1));
        Assert.NotEqual(userId, (await MeAsync(later)).Expect(HttpStatusCode.OK)["userId"].GetInt64());
    }

    [Fact]
    public async Task A_repeat_with_its_key_is_answered_again()
    {
        var customer = await SignUpAsync();
        var path = $"/users/{customer.UserId}/erasure";
        var first = (await Admin.PostWithKeyAsync("erase", path, new { })).Expect(HttpStatusCode.NoContent);
        var again = (await Admin.PostWithKeyAsync("erase", path, new { })).Expect(HttpStatusCode.NoContent);
        Assert.Equal((false, true, ""), (first.IsReplay, again.IsReplay, again.Text));
    }

    private static Task<Answer> EraseAsync(
        ShopClient client, long userId, string password = Password, bool? forfeit = null) =>
        client.PostAsync($"/users/{userId}/erasure", new { password, forfeit });

    private Task<long> CountAsync(string from) => Shop.QueryAsync<long>($"select count(*) from {from}");
}
