using Shop.Identity.Sessions;

namespace Shop.Identity.BrowserSessions;

/// <summary>The cookie of a browser's refresh token. It ends with the browser, or with its session.</summary>
internal static class RefreshCookie
{
    public static void Set(HttpContext http, string refreshToken) => http.Response.Cookies.Append(
        NameFor(http.Request), refreshToken, BrowserCookies.OptionsFor(http.Request));

    public static void Clear(HttpContext http) =>
        http.Response.Cookies.Delete(NameFor(http.Request), BrowserCookies.OptionsFor(http.Request));

    /// <returns>Null where there is no cookie, or none with a token of ours.</returns>
    public static RefreshTicket? Read(HttpContext http, Tokens tokens) =>
        http.Request.Cookies[NameFor(http.Request)] is { Length: <= Tokens.MaximumLength } token
            ? tokens.FindTicket(token)
            : null;

    private static string NameFor(HttpRequest request) => BrowserCookies.NameFor(request, BrowserCookies.Refresh);
}
