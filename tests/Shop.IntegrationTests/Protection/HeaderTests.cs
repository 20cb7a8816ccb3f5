using System.Net;
using System.Net.Http.Headers;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

public sealed class HeaderTests : ShopTest
{
    private const string Storefront = "https://storefront.example";

    [Fact]
    public async Task Every_answer_tells_browsers_to_be_careful()
    {
        foreach (var path in (string[])
        [
            "//",
            "//health/live",
            "//nope",
            "/products",
            "/users/1/balance",
            "/products?limit=abc",
            "//openapi/v1.json",
            "//docs/index.html",
        ])
        {
            var headers = (await Anonymous.GetAsync(path)).Headers;
            Assert.Equal(["nosniff"], headers.GetValues("X-Content-Type-Options"));
            Assert.Equal(["no-referrer"], headers.GetValues("Referrer-Policy"));
            Assert.Equal(["DENY"], headers.GetValues("X-Frame-Options"));
            Assert.Contains(
                "frame-ancestors 'none'",
                Assert.Single(headers.GetValues("Content-Security-Policy")),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Data_may_load_nothing_and_pages_only_what_is_ours()
    {
        Assert.StartsWith(
            "default-src 'none'; frame-ancestors",
            PolicyOf(await Anonymous.GetAsync("/products")),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "default-src 'none'; frame-ancestors",
            PolicyOf(await Anonymous.GetAsync("/users/1/balance")),
            StringComparison.Ordinal);
        foreach (var path in (string[])["//", "//index.html"])
        {
            var page = PolicyOf(await Anonymous.GetAsync(path));
            Assert.StartsWith(
                "default-src 'none'; script-src 'self'; style-src 'self';", page, StringComparison.Ordinal);
            Assert.Contains("require-trusted-types-for 'script'", page, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", page, StringComparison.Ordinal);
        }

        var docs = PolicyOf(await Anonymous.GetAsync("//docs/index.html"));
        Assert.StartsWith("default-src 'self'; style-src 'self' 'unsafe-inline';", docs, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", docs, StringComparison.Ordinal);

        static string PolicyOf(Answer answer) => answer.Headers.GetValues("Content-Security-Policy").Single();
    }

    [Fact]
    public async Task Pages_are_asked_for_again_each_time_so_that_their_files_are_of_one_version()
    {
        foreach (var path in (string[])["//", "//style.css", "//js/storefront.js"])
        {
            var file = (await Anonymous.GetAsync(path)).Expect(HttpStatusCode.OK);
            Assert.True(file.Headers.CacheControl?.NoCache);
            Assert.NotNull(file.Headers.ETag);
        }

        (await Anonymous.GetAsync("//js/nothing.js")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task What_is_personal_carries_tokens_or_went_wrong_is_not_stored()
    {
        var customer = await SignUpAsync();
        var product = await CreateProductAsync();
        Answer[] kept =
        [
            await customer.GetAsync($"/users/{customer.UserId}/balance"),
            await customer.GetAsync("/products"),
            await Anonymous.GetAsync($"/products/{product}"),
            await Admin.GetAsync("/products?status=ALL"),
            await Anonymous.PostAsync("/sessions", new { email = customer.Email, password = "correct horse" }),
            await Anonymous.GetAsync("/products/999999"),
            await Anonymous.GetAsync("/users/1/balance"),
            await Anonymous.GetAsync("/nope"),
        ];
        Assert.All(kept, answer => Assert.True(answer.Headers.CacheControl?.NoStore));
        Assert.Null((await Anonymous.GetAsync("/products")).Headers.CacheControl);
    }

    [Fact]
    public async Task Head_answers_as_get_without_a_body()
    {
        var customer = await SignUpAsync();
        using var http = Shop.CreateClient();
        using var get = await http.GetAsync("/api/v1/products");
        using var head = await HeadAsync(http, "/api/v1/products");
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());

        using var unauthenticated = await HeadAsync(http, $"/api/v1/users/{customer.UserId}/balance");
        Assert.Equal(HttpStatusCode.Unauthorized, unauthenticated.StatusCode);
        using var write = await HeadAsync(http, "/api/v1/orders");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, write.StatusCode);
        using var health = await HeadAsync(http, "/health/ready");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Theory]
    [InlineData("//health/live")]
    [InlineData("//health/ready")]
    public async Task Health_is_read_only(string path) =>
        (await Anonymous.PostAsync(path)).ExpectProblem(HttpStatusCode.MethodNotAllowed, "method_not_allowed");

    [Theory]
    [InlineData("bearer")]
    [InlineData("BEARER")]
    [InlineData("Bearer")]
    public async Task The_scheme_of_a_token_is_written_in_any_case(string scheme)
    {
        var token = await SignInAsync("admin@shop.local", "admin-password");
        using var http = Shop.CreateClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(scheme, token);
        using var answer = await http.GetAsync("/api/v1/admin/users");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Pages_of_other_origins_may_call_only_where_they_are_named()
    {
        using var closed = await PreflightAsync(Shop, Storefront);
        Assert.False(closed.Headers.Contains("Access-Control-Allow-Origin"));

        await using var open = await ShopHost.StartAsync(
            Shop.ConnectionString, Setting("Http:AllowedOrigins", $"{Storefront}, https://other.example"));
        using var allowed = await PreflightAsync(open, Storefront);
        Assert.Equal([Storefront], allowed.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.False(allowed.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.Contains("If-Match", allowed.Headers.GetValues("Access-Control-Allow-Headers").Single().Split(','));
        using var stranger = await PreflightAsync(open, "https://stranger.example");
        Assert.False(stranger.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Https_is_required_outside_development_where_it_is_configured()
    {
        var settings = new Dictionary<string, string>
        {
            ["environment"] = "Production",
            ["Identity:Admin:Email"] = "",
            ["Identity:Admin:Password"] = "",
            ["Http:RequireHttps"] = "true",
            ["Http:HttpsPort"] = "8443",
            ["Http:KnownProxies"] = "127.0.0.0/8,::1",
        };
        // Production does not start with an administrator of Development.
        await Shop.ExecuteAsync("update identity.users set password_hash = null");
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, settings);
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = host.CreateClient().BaseAddress };
        using var plain = await http.GetAsync("/api/v1/products");
        Assert.Equal(HttpStatusCode.PermanentRedirect, plain.StatusCode);
        Assert.Equal($"https://{http.BaseAddress!.Host}:8443/api/v1/products", plain.Headers.Location?.ToString());
        using var probe = await http.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, probe.StatusCode);

        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        http.DefaultRequestHeaders.Host = "shop.example";
        using var secure = await http.GetAsync("/api/v1/products");
        Assert.Equal(HttpStatusCode.OK, secure.StatusCode);
        Assert.Contains(
            "max-age=", Assert.Single(secure.Headers.GetValues("Strict-Transport-Security")), StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Setting(string name, string value) => new() { [name] = value };

    private static async Task<HttpResponseMessage> HeadAsync(HttpClient http, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        return await http.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> PreflightAsync(ShopHost host, string origin)
    {
        using var http = host.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Options, "/api/v1/orders")
        {
            Headers =
            {
                { "Origin", origin },
                { "Access-Control-Request-Method", "POST" },
                { "Access-Control-Request-Headers", "authorization,content-type" },
            },
        };
        return await http.SendAsync(request);
    }
}
