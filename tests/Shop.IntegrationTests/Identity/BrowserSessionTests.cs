using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>Opening and refreshing; the end is <see cref="EndBrowserSessionTests"/>.</summary>
public sealed class BrowserSessionTests : BrowserSessionTest
{
    [Fact]
    public async Task The_refresh_token_is_a_cookie_that_scripts_and_other_sites_cannot_use()
    {
        var customer = await SignUpAsync();
        var opened = (await OpenAsync(customer.Email)).Expect(HttpStatusCode.OK);
        Assert.Equal(
            ["accessToken", "tokenType", "expiresIn", "userId"],
            opened.Body.EnumerateObject().Select(member => member.Name));
        Assert.Equal(customer.UserId, opened["userId"].GetInt64());
        Assert.Matches("^shop-refresh=[A-Za-z0-9_-]+; path=/; samesite=strict; httponly$", opened.SetCookie);
        (await Shop.Client(opened["accessToken"].GetString()).GetAsync("/users/me")).Expect(HttpStatusCode.OK);

        var refreshed = (await RefreshAsync(opened.Cookie)).Expect(HttpStatusCode.OK);
        Assert.Equal(
            ["accessToken", "tokenType", "expiresIn", "userId"],
            refreshed.Body.EnumerateObject().Select(member => member.Name));
        Assert.NotEqual(opened.Cookie, refreshed.Cookie);
        // Used up, as any refresh token.
        Shop.Clock.Advance(TimeSpan.FromSeconds(11));
        foreach (var cookie in (string[])[opened.Cookie, refreshed.Cookie])
            (await RefreshAsync(cookie)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
    }

    [Fact]
    public async Task Behind_https_and_on_any_other_host_the_cookie_is_secure()
    {
        var customer = await SignUpAsync();
        foreach (var headers in (Dictionary<string, string>[])
        [
            new() { ["X-Forwarded-Proto"] = "https" },
            new() { ["X-Forwarded-Proto"] = "https", ["Host"] = "shop.example" },
            new() { ["Host"] = "shop.example" },
        ])
        {
            var opened = (await OpenAsync(customer.Email, headers)).Expect(HttpStatusCode.OK);
            Assert.Matches(
                "^__Host-shop-refresh=[A-Za-z0-9_-]+; path=/; secure; samesite=strict; httponly$", opened.SetCookie);
            (await RefreshAsync(opened.Cookie, headers)).Expect(HttpStatusCode.OK);
        }

        // The name says how it was given: neither stands for the other.
        var plain = (await OpenAsync(customer.Email)).Expect(HttpStatusCode.OK);
        (await RefreshAsync($"__Host-{plain.Cookie}")).Expect(HttpStatusCode.Unauthorized);
        (await RefreshAsync(plain.Cookie, new() { ["X-Forwarded-Proto"] = "https" }))
            .Expect(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Only_pages_of_the_shop_and_of_allowed_origins_get_there()
    {
        var email = (await SignUpAsync()).Email;
        var cookie = (await OpenAsync(email)).Expect(HttpStatusCode.OK).Cookie;
        Dictionary<string, string>[] strangers =
        [
            new(),
            new() { ["Sec-Fetch-Site"] = "cross-site", ["Origin"] = "https://stranger.example" },
            new() { ["Sec-Fetch-Site"] = "same-site" },
            new() { ["Sec-Fetch-Site"] = "none" },
            new() { ["Origin"] = "null" },
        ];
        foreach (var headers in strangers)
        {
            (await SendAsync(HttpMethod.Post, "", headers, body: Credentials(email)))
                .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
            (await SendAsync(HttpMethod.Post, "/refresh", headers, cookie))
                .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        }

        Dictionary<string, string> allowed = new() { ["Sec-Fetch-Site"] = "same-site", ["Origin"] = Storefront };
        var opened = (await SendAsync(HttpMethod.Post, "", allowed, body: Credentials(email)))
            .Expect(HttpStatusCode.OK);
        Assert.Equal([Storefront], opened.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal(["true"], opened.Headers.GetValues("Access-Control-Allow-Credentials"));
        // The refused requests did not use up the token.
        (await SendAsync(HttpMethod.Post, "/refresh", allowed, cookie)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refusal_sets_no_cookie()
    {
        var email = (await SignUpAsync()).Email;
        var wrong = await SendAsync(
            HttpMethod.Post, "", OwnPage, body: new { email, password = "wrong password" });
        wrong.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        (await SendAsync(HttpMethod.Post, "", OwnPage, body: new { })).Expect(HttpStatusCode.BadRequest);
        foreach (var token in (string?[])[null, "", "nonsense", new string('x', 3_000)])
        {
            var refused = await RefreshAsync(token is null ? null : $"shop-refresh={token}");
            refused.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
            Assert.False(refused.Headers.Contains("Set-Cookie"));
        }
    }

    [Fact]
    public async Task Tabs_that_refresh_at_once_all_stay_signed_in()
    {
        var cookie = (await OpenAsync((await SignUpAsync()).Email)).Expect(HttpStatusCode.OK).Cookie;
        var tabs = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RefreshAsync(cookie)));
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        // The browser keeps the cookie of the last answer, whichever that is.
        (await RefreshAsync(tabs[Random.Shared.Next(tabs.Length)].Expect(HttpStatusCode.OK).Cookie))
            .Expect(HttpStatusCode.OK);
    }
}

public abstract class BrowserSessionTest : IdentityTest
{
    private protected const string Storefront = "https://shop.example";

    private protected static readonly Dictionary<string, string> OwnPage = new() { ["Sec-Fetch-Site"] = "same-origin" };

    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(new Dictionary<string, string>
    {
        ["Http:KnownProxies"] = "127.0.0.1,::1",
        ["Http:AllowedOrigins"] = Storefront,
    });

    private protected static object Credentials(string email) => new { email, password = Password };

    private protected Task<BrowserAnswer> OpenAsync(string email, Dictionary<string, string>? headers = null) =>
        SendAsync(HttpMethod.Post, "", With(headers), body: Credentials(email));

    private protected Task<BrowserAnswer> RefreshAsync(string? cookie, Dictionary<string, string>? headers = null) =>
        SendAsync(HttpMethod.Post, "/refresh", With(headers), cookie);

    // Cookies by hand, so that each test decides which one is sent.
    private protected async Task<BrowserAnswer> SendAsync(
        HttpMethod method, string path, Dictionary<string, string> headers, string? cookie = null, object? body = null)
    {
        using var handler = new SocketsHttpHandler { UseCookies = false };
        using var http = new HttpClient(handler) { BaseAddress = Anonymous.Address };
        using var request = new HttpRequestMessage(method, $"/api/v1/browser-sessions{path}")
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        (await DocumentedApi.OfAsync(Shop.Services)).Check(method, request.RequestUri!.AbsolutePath, response, text);
        return new BrowserAnswer(response, text);
    }

    private static Dictionary<string, string> With(Dictionary<string, string>? headers) =>
        headers is null ? OwnPage : OwnPage.Concat(headers).ToDictionary();

    private protected sealed class BrowserAnswer(HttpResponseMessage response, string text)
    {
        private readonly Answer answer = new(response, text);

        public HttpResponseHeaders Headers => answer.Headers;

        public JsonElement Body => answer.Body;

        public JsonElement this[string member] => answer[member];

        /// <summary>The header that sets the cookie.</summary>
        public string SetCookie => Headers.GetValues("Set-Cookie").Single();

        /// <summary>The cookie as a browser would send it.</summary>
        public string Cookie => SetCookie.Split(';')[0];

        public BrowserAnswer Expect(HttpStatusCode status)
        {
            answer.Expect(status);
            return this;
        }

        public void ExpectProblem(HttpStatusCode status, string code) => answer.ExpectProblem(status, code);
    }
}
