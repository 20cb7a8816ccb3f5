using System.Net;
using Microsoft.Extensions.DependencyInjection;
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
        var tampered = session.RefreshToken[..^4] + (session.RefreshToken.EndsWith("AAAA", StringComparison.Ordinal) ? "BBBB" : "AAAA");
        foreach (var token in (string[])["", "nonsense", "CfDJ8AAAA", "토큰", tampered, session.AccessToken])
            (await (session with { RefreshToken = token }).RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");

        foreach (var body in (string[])["{}", """{"refreshToken": null}""", """{"refreshToken": 5}""", """{"refreshToken": "\u0000"}"""])
            (await Anonymous.SendRawAsync(HttpMethod.Post, "/sessions/refresh", body)).ExpectInvalid("refreshToken");
        (await Shop.Client(session.RefreshToken).GetAsync($"/users/{session.UserId}")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
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
}
