using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Identity.Access;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>Users of an identity provider: made, linked, ended.</summary>
public sealed class EnterExternalUserTests : ExternalIdentityTest
{
    [Fact]
    public async Task The_first_request_makes_a_user_with_a_wallet()
    {
        var me = (await MeAsync(Issuer.Token("sub-1"))).Expect(HttpStatusCode.OK);
        Assert.Equal("sub-1@example.com", me["email"].GetString());
        Assert.Equal("Mina", me["name"].GetString());
        Assert.Equal("CUSTOMER", me["role"].GetString());

        var userId = me["userId"].GetInt64();
        var client = Shop.Client(Issuer.Token("sub-1"));
        (await client.PostAsync($"/users/{userId}/balance/charges", new { amount = 5_000 })).Expect(HttpStatusCode.OK);
        Assert.Equal(userId, (await MeAsync(Issuer.Token("sub-1"))).Expect(HttpStatusCode.OK)["userId"].GetInt64());
        (await client.GetAsync($"/users/{(await SignUpAsync()).UserId}")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task Two_first_requests_at_once_make_one_user_on_two_hosts()
    {
        await using var other = await StartAnotherAsync();
        for (var round = 0; round < 5; round++)
        {
            // Two tokens of one person, with the e-mail of before and after a change.
            var tokens = (string[])
                [
                    Issuer.Token($"race-{round}"),
                    Issuer.Token($"race-{round}", ("email", $"changed-{round}@example.com")),
                ];
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
                (i % 2 == 0 ? Shop : other).Client(tokens[i / 2 % 2]).GetAsync("/users/me")));
            Assert.Single(answers.Select(answer => answer.Expect(HttpStatusCode.OK)["userId"].GetInt64()).Distinct());
        }

        Assert.Equal(5, await Shop.QueryAsync<long>("select count(*) from identity.external_identities"));
    }

    [Fact]
    public async Task A_token_without_an_e_mail_or_a_name_makes_nobody()
    {
        foreach (var missing in (string[])["email", "name"])
            (await MeAsync(Issuer.Token("nobody", (missing, null)))).ExpectProblem(
                HttpStatusCode.Unauthorized, "identity.external_profile");
        foreach (var (claim, value) in ((string, object)[])
            [("email", "no address"), ("name", "\u3164"), ("name", new string('n', 101)), ("name", "a\0b"),
                ("email", 7)])
            (await MeAsync(Issuer.Token("nobody", (claim, value)))).ExpectProblem(
                HttpStatusCode.Unauthorized, "identity.external_profile");
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from identity.external_identities"));
        // Endpoints open to all need no account.
        (await Shop.Client(Issuer.Token("nobody", ("email", null))).GetAsync("/products")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_verified_e_mail_links_the_customer_and_ends_password_and_sessions()
    {
        var squatter = await SignUpAsync();
        var token = Issuer.Token("owner", ("email", squatter.Email.ToUpperInvariant()));
        Assert.Equal(squatter.UserId, (await MeAsync(token)).Expect(HttpStatusCode.OK)["userId"].GetInt64());
        await using var other = await StartAnotherAsync();
        foreach (var host in (ShopHost[])[Shop, other])
        {
            await ReadAsync(host);
            (await host.Client(squatter.Client.AccessToken).GetAsync("/users/me")).ExpectProblem(
                HttpStatusCode.Unauthorized, "auth.unauthenticated");
            Assert.Equal(
                squatter.UserId,
                (await host.Client(token).GetAsync("/users/me")).Expect(HttpStatusCode.OK)["userId"].GetInt64());
        }

        (await TrySignInAsync(squatter.Email)).ExpectProblem(
            HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        // The token that has linked goes on: it was issued before that end of sessions, and not by the squatter.
        (await MeAsync(token)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_identity_of_an_unverified_e_mail_goes_when_its_owner_comes()
    {
        var squatter = Issuer.Token("squatter", ("email", "owned@example.com"), ("email_verified", false));
        var userId = (await MeAsync(squatter)).Expect(HttpStatusCode.OK)["userId"].GetInt64();

        var owner = Issuer.Token("owner", ("email", "owned@example.com"));
        Assert.Equal(userId, (await MeAsync(owner)).Expect(HttpStatusCode.OK)["userId"].GetInt64());
        await ReadAsync(Shop);
        (await MeAsync(squatter)).ExpectProblem(HttpStatusCode.Forbidden, "identity.email_unverified");
        (await MeAsync(owner)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Staff_and_unverified_e_mails_are_not_linked()
    {
        var staff = await SignUpStaffAsync("SUPPORT");
        (await MeAsync(Issuer.Token("staff", ("email", staff.Email)))).ExpectProblem(
            HttpStatusCode.Forbidden, "identity.email_unverified");
        var customer = await SignUpAsync();
        foreach (var verified in (object?[])[false, null, "no"])
            (await MeAsync(
                Issuer.Token("other", ("email", customer.Email), ("email_verified", verified)))).ExpectProblem(
                HttpStatusCode.Forbidden, "identity.email_unverified");
        (await customer.GetAsync("/users/me")).Expect(HttpStatusCode.OK);
        (await TrySignInAsync(staff.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Tokens_of_before_an_end_of_sessions_are_refused_on_every_host()
    {
        await using var other = await StartAnotherAsync();
        var before = Issuer.Token("ended", ("iat", DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 5));
        var userId = (await MeAsync(before)).Expect(HttpStatusCode.OK)["userId"].GetInt64();
        (await other.Client(before).GetAsync("/users/me")).Expect(HttpStatusCode.OK);

        (await Shop.Client(before).DeleteAsync($"/users/{userId}/sessions")).Expect(HttpStatusCode.NoContent);
        (await MeAsync(before)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        await ReadAsync(other);
        (await other.Client(before).GetAsync("/users/me")).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");

        // One of the second after it.
        var after = Issuer.Token("ended", ("iat", DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1));
        (await MeAsync(after)).Expect(HttpStatusCode.OK);
        (await other.Client(after).GetAsync("/users/me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_disabled_user_is_refused_on_every_host_with_any_token()
    {
        await using var other = await StartAnotherAsync();
        var token = Issuer.Token("disabled");
        var userId = (await MeAsync(token)).Expect(HttpStatusCode.OK)["userId"].GetInt64();
        (await other.Client(token).GetAsync("/users/me")).Expect(HttpStatusCode.OK);

        (await Admin.PatchAsync($"/admin/users/{userId}", new { status = "DISABLED" })).Expect(HttpStatusCode.OK);
        await ReadAsync(other);
        var later = Issuer.Token("disabled", ("iat", DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 2));
        foreach (var host in (ShopHost[])[Shop, other])
        {
            foreach (var each in (string[])[token, later])
                (await host.Client(each).GetAsync("/users/me")).ExpectProblem(
                    HttpStatusCode.Unauthorized, "auth.unauthenticated");
        }

        (await Admin.PatchAsync($"/admin/users/{userId}", new { status = "ACTIVE" })).Expect(HttpStatusCode.OK);
        await ReadAsync(other);
        (await other.Client(Issuer.Token("disabled", ("iat", DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3)))
            .GetAsync("/users/me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_claim_may_name_roles_which_never_count_for_the_last_administrator()
    {
        var clerk = Shop.Client(Issuer.Token("clerk", ("shop_roles", new[] { "OPERATOR", "UNKNOWN" })));
        (await clerk.GetAsync("/admin/outbox")).Expect(HttpStatusCode.OK);
        (await clerk.GetAsync("/admin/api-keys")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Shop.Client(Issuer.Token("clerk")).GetAsync("/admin/outbox")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");

        var root = Shop.Client(Issuer.Token("root", ("shop_roles", "ADMIN")));
        var adminId = await Shop.QueryAsync<long>("select user_id from identity.users where role = 'ADMIN'");
        (await root.PatchAsync($"/admin/users/{adminId}", new { role = "CUSTOMER" })).ExpectProblem(
            HttpStatusCode.Conflict, "identity.last_admin");
        (await root.DeleteAsync("/sessions/current")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task A_warm_request_costs_no_round_trip()
    {
        var token = Issuer.Token("warm");
        var client = Shop.Client(token);
        var userId = (await client.GetAsync("/users/me")).Expect(HttpStatusCode.OK)["userId"].GetInt64();
        var sent = await Shop.Sent.CountAsync(async () =>
            (await client.GetAsync($"/users/{userId}")).Expect(HttpStatusCode.OK));
        Assert.Equal(new Statements(1, 1), sent);
    }

    private static Task<int> ReadAsync(ShopHost host) =>
        host.Services.GetRequiredService<ReadAccess>().RunOnceAsync(CancellationToken.None);
}
