using System.Net;
using Microsoft.AspNetCore.Http;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Cookies of browser sessions, which no script can read and no other site's page can send. Without an age they end
/// with the browser.
/// </summary>
public static class BrowserCookies
{
    // The prefix makes browsers refuse it without Secure, with a Domain or with another path.
    private const string SecurePrefix = "__Host-";

    /// <summary>The name of the cookie with the refresh token: a request that has it is a browser session's.</summary>
    public const string Refresh = "shop-refresh";

    /// <returns>
    /// The plain name on loopback alone, where there is no https and not every browser takes Secure.
    /// </returns>
    public static string NameFor(HttpRequest request, string name) =>
        IsPlainLoopback(request) ? name : SecurePrefix + name;

    public static CookieOptions OptionsFor(HttpRequest request) => new()
    {
        HttpOnly = true,
        Secure = !IsPlainLoopback(request),
        Path = "/",
        SameSite = SameSiteMode.Strict,
    };

    // Behind a known proxy the scheme is the forwarded one. The host is what the browser has in its address bar: a
    // proxy of which the shop does not know may well connect from loopback.
    private static bool IsPlainLoopback(HttpRequest request) => !request.IsHttps && IsLoopback(request.Host.Host);

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
