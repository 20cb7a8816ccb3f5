using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class SignInTests : IdentityTest
{
    [Fact]
    public async Task A_sign_in_gives_an_access_token_and_a_refresh_token()
    {
        var customer = await SignUpAsync();
        var tokens = (await TrySignInAsync(customer.Email)).Expect(HttpStatusCode.OK);

        Assert.Equal(
            ["accessToken", "tokenType", "expiresIn", "refreshToken", "userId"],
            tokens.Body.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Bearer", tokens["tokenType"].GetString());
        Assert.Equal(3600, tokens["expiresIn"].GetInt64());
        Assert.Equal(customer.UserId, tokens["userId"].GetInt64());
        (await Session.Of(tokens).ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);
        Assert.Equal(customer.UserId, (await OpenSessionAsync(customer.Email.ToUpperInvariant())).UserId);
    }

    [Fact]
    public async Task A_refusal_does_not_tell_who_is_a_customer()
    {
        var customer = await SignUpAsync();
        (await Admin.PostAsync(
            "/admin/users",
            new { email = "passwordless@example.com", name = "No password" })).Expect(HttpStatusCode.Created);

        var wrong = (await TrySignInAsync(customer.Email, "wrong password")).ExpectProblem(
            HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        var unknown = await TrySignInAsync("unknown@example.com");
        var passwordless = await TrySignInAsync("passwordless@example.com");
        var notAnEmail = await TrySignInAsync("not an e-mail");
        foreach (var other in (Answer[])[unknown, passwordless, notAnEmail])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, other.Status);
            Assert.Equal(Untraced(wrong), Untraced(other));
        }
    }

    [Fact]
    public async Task A_sign_in_without_credentials_is_malformed()
    {
        var nothing = await Anonymous.PostAsync("/sessions", new { });
        nothing.ExpectInvalid("email");
        nothing.ExpectInvalid("password");
        foreach (var email in (string[])["", " ", "a@b.c\0", new('a', 255)])
            (await TrySignInAsync(email)).ExpectInvalid("email");
        foreach (var password in (string[])["", "\0", new('x', 129)])
            (await TrySignInAsync("a@b.c", password)).ExpectInvalid("password");
        Assert.Equal(0, await FailuresAsync());
    }

    [Fact]
    public async Task Five_wrong_passwords_lock_an_email_known_or_not_for_five_minutes()
    {
        var customer = await SignUpAsync();
        await FailToSignInAsync(customer.Email, 5);
        await FailToSignInAsync("unknown@example.com", 5);

        var locked = ExpectLocked(await TrySignInAsync(customer.Email.ToUpperInvariant()), atMost: 300);
        var unknown = ExpectLocked(await TrySignInAsync("unknown@example.com"), atMost: 300);
        Assert.Equal(Untraced(locked), Untraced(unknown));

        // Trying does not prolong it, nor does it concern anybody else.
        Shop.Clock.Advance(TimeSpan.FromMinutes(4));
        ExpectLocked(await TrySignInAsync(customer.Email), atMost: 60);
        await SignInAsync((await SignUpAsync()).Email, Password);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await SignInAsync(customer.Email, Password);

        // There are five attempts again, not one.
        await FailToSignInAsync("unknown@example.com", 5);
        ExpectLocked(await TrySignInAsync("unknown@example.com"), atMost: 300);
    }

    [Fact]
    public async Task A_success_clears_the_count()
    {
        var customer = await SignUpAsync();
        for (var round = 0; round < 3; round++)
        {
            await FailToSignInAsync(customer.Email, 4);
            await SignInAsync(customer.Email, Password);
        }

        Assert.Equal(0, await FailuresAsync());
    }

    [Fact]
    public async Task A_lock_leaves_alone_who_is_signed_in()
    {
        var customer = await SignUpAsync();
        var session = await OpenSessionAsync(customer.Email);
        await FailToSignInAsync(customer.Email, 5);

        (await session.ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);
        var refreshed = Session.Of(await session.RefreshAsync(Shop));
        (await refreshed.ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);
        ExpectLocked(await TrySignInAsync(customer.Email), atMost: 300);
    }

    [Fact]
    public async Task Fifty_guesses_at_once_are_five_looks_at_the_password()
    {
        var customer = await SignUpAsync();
        foreach (var email in (string[])[customer.Email, "unknown@example.com"])
        {
            var answers = await TrySignInAsync(50, email, "wrong password");
            Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.Unauthorized));
            // Those beyond five at once are not attempts at all.
            var others = answers.Where(answer => answer.Status != HttpStatusCode.Unauthorized);
            foreach (var answer in others.Where(answer => answer.Code != "rate_limited"))
                ExpectLocked(answer, atMost: 300);
            ExpectLocked(await TrySignInAsync(email), atMost: 300);
        }
    }

    [Fact]
    public async Task Guesses_spread_over_two_hosts_get_no_more_looks()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var customer = await SignUpAsync();
        var body = new { email = customer.Email, password = "wrong password" };
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(i => (i % 2 == 0 ? Shop : other).Client().PostAsync("/sessions", body)));

        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.Unauthorized));
        Assert.Equal(25, answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task As_many_sign_ins_at_once_as_may_fail_all_succeed()
    {
        var customer = await SignUpAsync();
        await FailToSignInAsync(customer.Email, 4);
        var answers = await TrySignInAsync(5, customer.Email, Password);
        Assert.Equal(5, answers.Select(answer => Session.Of(answer).RefreshToken).Distinct().Count());
    }

    private Task<long> FailuresAsync() =>
        Shop.QueryAsync<long>("select coalesce(sum(failures), 0) from identity.sign_in_attempts");
}
