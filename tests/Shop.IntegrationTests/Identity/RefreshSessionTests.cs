using System.Globalization;
using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Identity.Sessions;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class RefreshSessionTests : IdentityTest
{
    [Fact]
    public async Task A_refresh_token_gives_new_tokens_with_the_same_rights()
    {
        var session = await OpenSessionAsync((await SignUpAsync()).Email);
        var answer = await session.RefreshAsync(Shop);
        var refreshed = Session.Of(answer);

        Assert.Equal(session.UserId, refreshed.UserId);
        Assert.Equal("Bearer", answer["tokenType"].GetString());
        Assert.Equal(3600, answer["expiresIn"].GetInt64());
        Assert.NotEqual(session.AccessToken, refreshed.AccessToken);
        (await refreshed.ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);
        Session.Of(await refreshed.RefreshAsync(Shop));

        var admin = Session.Of(await (await Session.OfAdminAsync(Shop)).RefreshAsync(Shop));
        (await admin.Client(Shop).GetAsync("/admin/users")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_no_refresh_token_gives_nothing()
    {
        var session = await OpenSessionAsync((await SignUpAsync()).Email);
        var tampered = session.RefreshToken[..^4]
            + (session.RefreshToken.EndsWith("AAAA", StringComparison.Ordinal) ? "BBBB" : "AAAA");
        foreach (var token in (string[])["", "nonsense", "CfDJ8AAAA", "토큰", tampered, session.AccessToken])
            (await (session with { RefreshToken = token }).RefreshAsync(Shop)).ExpectProblem(
                HttpStatusCode.Unauthorized, "identity.invalid_credentials");

        string[] bodies =
        [
            "{}", """{"refreshToken": null}""", """{"refreshToken": 5}""", """{"refreshToken": "\u0000"}""",
        ];
        foreach (var body in bodies)
            (await Anonymous.SendRawAsync(HttpMethod.Post, "/sessions/refresh", body)).ExpectInvalid("refreshToken");
        (await Shop.Client(session.RefreshToken).GetAsync($"/users/{session.UserId}")).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task An_access_token_lasts_an_hour_and_a_sign_in_14_days_from_its_last_refresh()
    {
        var session = await OpenSessionAsync((await SignUpAsync()).Email);
        Shop.Clock.Advance(TimeSpan.FromMinutes(59));
        (await session.ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        (await session.ReadAccountAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");

        Shop.Clock.Advance(TimeSpan.FromDays(13));
        var refreshed = Session.Of(await session.RefreshAsync(Shop));
        Shop.Clock.Advance(TimeSpan.FromDays(1));
        (await session.RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        Shop.Clock.Advance(TimeSpan.FromDays(12));
        refreshed = Session.Of(await refreshed.RefreshAsync(Shop));
        (await refreshed.ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);
        Shop.Clock.Advance(TimeSpan.FromDays(14));
        (await refreshed.RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
    }

    [Fact]
    public async Task Sessions_that_ran_out_and_stale_counts_are_cleared_away()
    {
        var email = (await SignUpAsync()).Email;
        await FailToSignInAsync("stale@example.com", 1);
        Shop.Clock.Advance(TimeSpan.FromDays(10));
        var live = await OpenSessionAsync(email);
        Shop.Clock.Advance(TimeSpan.FromDays(4));
        await FailToSignInAsync("fresh@example.com", 1);

        // The administrator's session and the customer's first one are 14 days old. The counts are of the
        // administrator, the customer and the stale e-mail, by network (cleared by the sign-ins) and from everywhere.
        var worker = Shop.Services.GetRequiredService<ClearSignIns>();
        Assert.Equal(2 + 4, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from identity.sessions"));
        Assert.Equal("FRESH@EXAMPLE.COM", await Shop.QueryAsync<string>(
            "select string_agg(distinct normalized_email, ',') from identity.sign_in_attempts"));
        Session.Of(await live.RefreshAsync(Shop));
    }

    [Fact]
    public async Task A_refresh_token_is_answered_for_ten_seconds_with_one_of_the_current_generation()
    {
        var first = await SignUpAndOpenAsync();
        var second = Session.Of(await first.RefreshAsync(Shop));
        var third = Session.Of(await second.RefreshAsync(Shop));
        Shop.Clock.Advance(TimeSpan.FromSeconds(5));
        // Tokens of the third generation too, whichever older one asks.
        var repeated = Session.Of(await first.RefreshAsync(Shop));
        Session[] current = [third, repeated, Session.Of(await second.RefreshAsync(Shop))];
        Assert.Equal(2, await GenerationAsync(first.UserId));

        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        var fourth = Session.Of(await current[0].RefreshAsync(Shop));
        foreach (var other in current[1..])
            Session.Of(await other.RefreshAsync(Shop));
        Assert.Equal(3, await GenerationAsync(first.UserId));
        (await fourth.ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refresh_token_that_is_used_again_later_ends_its_session_and_no_other()
    {
        var email = (await SignUpAsync()).Email;
        var (stolen, bystander) = (await OpenSessionAsync(email), await OpenSessionAsync(email));
        var renewed = Session.Of(await stolen.RefreshAsync(Shop));
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        (await renewed.ReadAccountAsync(other)).Expect(HttpStatusCode.OK);
        foreach (var host in (ShopHost[])[Shop, other])
            host.Clock.Advance(TimeSpan.FromSeconds(11));

        ExpectRefused(await stolen.RefreshAsync(other));
        foreach (var host in (ShopHost[])[Shop, other])
        {
            ExpectRefused(await renewed.RefreshAsync(host));
            (await renewed.ReadAccountAsync(host)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        }

        Session.Of(await bystander.RefreshAsync(Shop));
    }

    [Fact]
    public async Task A_refresh_token_used_at_once_on_two_hosts_is_answered_and_makes_one_generation()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var session = await SignUpAndOpenAsync();
        for (var round = 1; round <= 3; round++)
        {
            var current = session;
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 10).Select(i => current.RefreshAsync(i % 2 == 0 ? Shop : other)));
            var refreshed = answers.Select(Session.Of).ToList();
            Assert.Equal(round, await GenerationAsync(session.UserId));
            session = refreshed[^1];
        }
    }

    [Fact]
    public async Task A_stolen_token_and_its_successor_used_at_once_leave_no_session()
    {
        var stolen = await SignUpAndOpenAsync();
        var successor = Session.Of(await stolen.RefreshAsync(Shop));
        Shop.Clock.Advance(TimeSpan.FromSeconds(11));

        var answers = await Task.WhenAll(stolen.RefreshAsync(Shop), successor.RefreshAsync(Shop));
        ExpectRefused(answers[0]);
        ExpectRefused(await successor.RefreshAsync(Shop));
        if (answers[1].Status == HttpStatusCode.OK)
            ExpectRefused(await Session.Of(answers[1]).RefreshAsync(Shop));
    }

    [Fact]
    public async Task A_session_that_ends_on_one_host_while_it_is_refreshed_on_another_is_over()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var email = (await SignUpAsync()).Email;
        for (var round = 0; round < 3; round++)
        {
            var session = await OpenSessionAsync(email);
            var refresh = session.RefreshAsync(other);
            (await session.Client(Shop).DeleteAsync("/sessions/current")).Expect(HttpStatusCode.NoContent);
            var refreshed = await refresh;

            ExpectRefused(await session.RefreshAsync(other));
            if (refreshed.Status == HttpStatusCode.OK)
                ExpectRefused(await Session.Of(refreshed).RefreshAsync(Shop));
            else
                ExpectRefused(refreshed);
        }
    }

    [Fact]
    public async Task A_refresh_that_waits_for_a_change_of_password_gets_nothing()
    {
        var customer = await SignUpAsync();
        var session = await OpenSessionAsync(customer.Email);
        var change = customer.Client.PutAsync(
            $"/users/{customer.UserId}/password", new { currentPassword = Password, newPassword = "battery staple" });
        var refreshed = await session.RefreshAsync(Shop);
        (await change).Expect(HttpStatusCode.NoContent);

        ExpectRefused(await session.RefreshAsync(Shop));
        if (refreshed.Status == HttpStatusCode.OK)
            ExpectRefused(await Session.Of(refreshed).RefreshAsync(Shop));
    }

    [Fact]
    public async Task A_sign_in_of_before_goes_on()
    {
        var session = await SignUpAndOpenAsync();
        var old = session with { RefreshToken = await WithoutGenerationAsync(session.UserId) };
        var renewed = Session.Of(await old.RefreshAsync(Shop));
        Shop.Clock.Advance(TimeSpan.FromSeconds(11));
        Session.Of(await renewed.RefreshAsync(Shop));
        ExpectRefused(await old.RefreshAsync(Shop));
    }

    private static void ExpectRefused(Answer answer) =>
        answer.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");

    // The session of signing up is of no use here: its refresh token was not kept.
    private async Task<Session> SignUpAndOpenAsync()
    {
        var customer = await SignUpAsync();
        await Shop.ExecuteAsync($"delete from identity.sessions where user_id = {customer.UserId}");
        return await OpenSessionAsync(customer.Email);
    }

    private Task<int> GenerationAsync(long userId) =>
        Shop.QueryAsync<int>($"select generation from identity.sessions where user_id = {userId}");

    private async Task<string> WithoutGenerationAsync(long userId)
    {
        var stamp = await Shop.QueryAsync<string>(
            $"select security_stamp from identity.users where user_id = {userId}");
        var id = await Shop.QueryAsync<Guid>($"select session_id from identity.sessions where user_id = {userId}");
        var claims = new ClaimsIdentity(
            [new Claim("sid", id.ToString("D", CultureInfo.InvariantCulture)), new Claim("stamp", stamp)],
            BearerTokenDefaults.AuthenticationScheme);
        var ticket = new AuthenticationTicket(
            new ClaimsPrincipal(claims),
            new AuthenticationProperties { ExpiresUtc = Shop.Clock.GetUtcNow() + TimeSpan.FromDays(14) },
            BearerTokenDefaults.AuthenticationScheme);
        return Shop.Services.GetRequiredService<IOptionsMonitor<BearerTokenOptions>>()
            .Get(BearerTokenDefaults.AuthenticationScheme).RefreshTokenProtector.Protect(ticket);
    }
}
