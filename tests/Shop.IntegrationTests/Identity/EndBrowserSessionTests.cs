using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class EndBrowserSessionTests : BrowserSessionTest
{
    [Fact]
    public async Task The_session_ends_and_its_cookie_is_taken_back()
    {
        var customer = await SignUpAsync();
        var opened = (await OpenAsync(customer.Email)).Expect(HttpStatusCode.OK);
        var ended = (await EndAsync(opened)).Expect(HttpStatusCode.NoContent);
        Assert.Matches(
            "^shop-refresh=; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/; samesite=strict; httponly$",
            ended.SetCookie);
        (await RefreshAsync(opened.Cookie)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        // Other devices stay signed in.
        (await customer.GetAsync("/users/me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_session_that_another_tab_opened_meanwhile_ends_with_its_cookie()
    {
        var (one, other) = (await SignUpAsync(), await SignUpAsync());
        var first = (await OpenAsync(one.Email)).Expect(HttpStatusCode.OK);
        var second = (await OpenAsync(other.Email)).Expect(HttpStatusCode.OK);
        (await EndAsync(first, second.Cookie)).Expect(HttpStatusCode.NoContent);
        foreach (var cookie in (string[])[first.Cookie, second.Cookie])
            (await RefreshAsync(cookie)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
    }

    [Fact]
    public async Task It_takes_an_access_token_of_a_session_and_a_page_of_the_shop()
    {
        var opened = (await OpenAsync((await SignUpAsync()).Email)).Expect(HttpStatusCode.OK);
        (await SendAsync(HttpMethod.Delete, "/current", OwnPage, opened.Cookie))
            .ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await SendAsync(
            HttpMethod.Delete, "/current", Bearer(opened["accessToken"].GetString()!), opened.Cookie))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        var key = (await ApiKeyAsync("users:write")).AccessToken!;
        (await SendAsync(HttpMethod.Delete, "/current", OwnPage.Concat(Bearer(key)).ToDictionary(), opened.Cookie))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await RefreshAsync(opened.Cookie)).Expect(HttpStatusCode.OK);
    }

    private static Dictionary<string, string> Bearer(string token) => new() { ["Authorization"] = $"Bearer {token}" };

    private Task<BrowserAnswer> EndAsync(BrowserAnswer opened, string? cookie = null) => SendAsync(
        HttpMethod.Delete,
        "/current",
        OwnPage.Concat(Bearer(opened["accessToken"].GetString()!)).ToDictionary(),
        cookie ?? opened.Cookie);
}
