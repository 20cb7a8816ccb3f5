using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class ChangeUserTests : IdentityTest
{
    private const string ActiveAdministrators =
        "select count(*) from identity.users where role = 'ADMIN' and status = 'ACTIVE'";

    [Fact]
    public async Task A_role_is_given_and_taken_away()
    {
        var user = await SignUpAsync();
        (await user.GetAsync("/admin/users")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");

        var changed = (await ChangeAsync(user, new { role = "SUPPORT" })).Expect(HttpStatusCode.OK);
        Assert.Equal("SUPPORT", changed["role"].GetString());
        Assert.Equal(changed.Text, (await Admin.GetAsync($"/users/{user.UserId}")).Text);
        // With the token from before.
        (await user.GetAsync("/admin/users")).Expect(HttpStatusCode.OK);

        (await ChangeAsync(user, new { role = "CUSTOMER" })).Expect(HttpStatusCode.OK);
        (await user.GetAsync("/admin/users")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await user.GetAsync($"/users/{user.UserId}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_disabled_user_is_out_and_may_come_back()
    {
        var user = await SignUpStaffAsync("OPERATOR");
        var session = await OpenSessionAsync(user.Email);
        var disabled = (await ChangeAsync(user, new { status = "DISABLED" })).Expect(HttpStatusCode.OK);
        Assert.Equal(("OPERATOR", "DISABLED"), (disabled["role"].GetString(), disabled["status"].GetString()));
        (await user.GetAsync($"/users/{user.UserId}"))
            .ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await session.RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        (await TrySignInAsync(user.Email)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");

        (await ChangeAsync(user, new { status = "ACTIVE" })).Expect(HttpStatusCode.OK);
        (await user.GetAsync($"/users/{user.UserId}"))
            .ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await (await OpenSessionAsync(user.Email)).Client(Shop).GetAsync("/admin/outbox")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_no_change_is_refused()
    {
        var user = await SignUpAsync();
        (await ChangeAsync(user, new { })).ExpectInvalid("role");
        (await ChangeAsync(user, new { name = "Mina" })).ExpectInvalid("role");
        (await ChangeAsync(user, new { role = "BOSS" })).ExpectInvalid("role");
        (await ChangeAsync(user, new { role = "support" })).ExpectInvalid("role");
        (await ChangeAsync(user, new { status = "ERASED" })).ExpectInvalid("status");
        (await Admin.PatchAsync("/admin/users/999999", new { role = "SUPPORT" }))
            .ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await user.Client.PatchAsync($"/admin/users/{user.UserId}", new { role = "ADMIN" }))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task Staff_has_a_maximum()
    {
        var (first, second) = (await SignUpAsync(), await SignUpAsync());
        await Shop.ExecuteAsync("""
            insert into identity.users
                (email, normalized_email, name, security_stamp, role, status, created_at)
            select n || '@many.test', n || '@MANY.TEST', 'Staff', '', 'SUPPORT', 'ACTIVE', now()
            from generate_series(1, 9999 - (select count(*) from identity.users where role <> 'CUSTOMER')) n
            """);
        var answers = await Task.WhenAll(
            ChangeAsync(first, new { role = "SUPPORT" }), ChangeAsync(second, new { role = "SUPPORT" }));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        var refused = answers.Single(answer => answer.Status != HttpStatusCode.OK)
            .ExpectProblem(HttpStatusCode.Conflict, "identity.too_many_staff");
        Assert.Equal(10_000, refused["maximum"].GetInt32());
        (await ChangeAsync(first, new { role = "CUSTOMER" })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_last_active_administrator_stays_one()
    {
        var first = await Shop.QueryAsync<long>("select user_id from identity.users where role = 'ADMIN'");
        (await Admin.PatchAsync($"/admin/users/{first}", new { role = "CUSTOMER" }))
            .ExpectProblem(HttpStatusCode.Conflict, "identity.last_admin");
        (await Admin.PatchAsync($"/admin/users/{first}", new { status = "DISABLED" }))
            .ExpectProblem(HttpStatusCode.Conflict, "identity.last_admin");
        (await Admin.PatchAsync($"/admin/users/{first}", new { role = "ADMIN", status = "ACTIVE" }))
            .Expect(HttpStatusCode.OK);

        // One who is disabled does not count.
        var second = await SignUpStaffAsync("ADMIN");
        (await ChangeAsync(second, new { status = "DISABLED" })).Expect(HttpStatusCode.OK);
        (await Admin.PatchAsync($"/admin/users/{first}", new { role = "CUSTOMER" }))
            .ExpectProblem(HttpStatusCode.Conflict, "identity.last_admin");
        (await ChangeAsync(second, new { status = "ACTIVE" })).Expect(HttpStatusCode.OK);
        (await Admin.PatchAsync($"/admin/users/{first}", new { role = "CUSTOMER" })).Expect(HttpStatusCode.OK);
        Assert.Equal(1, await Shop.QueryAsync<long>(ActiveAdministrators));
    }

    [Theory]
    [InlineData("CUSTOMER", "ACTIVE")]
    [InlineData("ADMIN", "DISABLED")]
    public async Task Two_administrators_that_demote_each_other_at_once_on_two_hosts_leave_one(
        string role, string status)
    {
        var first = await Shop.QueryAsync<long>("select user_id from identity.users where role = 'ADMIN'");
        var second = await SignUpStaffAsync("ADMIN");
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var ofSecond = other.Client(second.Client.AccessToken);

        var answers = await Task.WhenAll(
            Admin.PatchAsync($"/admin/users/{second.UserId}", new { role, status }),
            ofSecond.PatchAsync($"/admin/users/{first}", new { role, status }));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(1, await Shop.QueryAsync<long>(ActiveAdministrators));
        var refused = answers.Single(answer => answer.Status != HttpStatusCode.OK);
        // A caller whose own role or session had ended earlier gets that error instead.
        Assert.Contains(refused.Code, (string[])["identity.last_admin", "auth.forbidden", "auth.unauthenticated"]);
    }

    private Task<Answer> ChangeAsync(Customer user, object change) => Admin.PatchAsync(
        $"/admin/users/{user.UserId}", change);
}
