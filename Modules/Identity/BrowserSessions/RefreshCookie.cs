using System.Net;
using Shop.Identity.Sessions;

namespace Shop.Identity.BrowserSessions;

/// <summary>
/// The cookie of a browser's refresh token, which no script can read and no other site's page can send. It ends with
/// the browser, or with its session.
/// </summary>
internal static class RefreshCookie
{
    // The prefix makes browsers refuse it without Secure, with a Domain or with another path.
    private const string SecureName = "__Host-shop-refresh";

    // On loopback, where there is no https and not every browser takes Secure.
    private const string PlainName = "shop-refresh";

    public static void Set(HttpContext http, string refreshToken) =>
        http.Response.Cookies.Append(NameFor(http.Request), refreshToken, OptionsFor(http.Request));

    public static void Clear(HttpContext http) =>
        http.Response.Cookies.Delete(NameFor(http.Request), OptionsFor(http.Request));

    /// <returns>Null where there is no cookie, or none with a token of ours.</returns>
    public static RefreshTicket? Read(HttpContext http, Tokens tokens) =>
        http.Request.Cookies[NameFor(http.Request)] is { Length: <= Tokens.MaximumLength } token
            ? tokens.FindTicket(token)
            : null;

    private static string NameFor(HttpRequest request) => IsPlainLoopback(request) ? PlainName : SecureName;

    private static CookieOptions OptionsFor(HttpRequest request) => new()
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
