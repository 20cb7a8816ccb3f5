using Shop.Identity.Contracts;
using Shop.Identity.Sessions;

namespace Shop.Identity.BrowserSessions;

/// <summary>The tokens of a browser's session: its refresh token is a cookie.</summary>
/// <param name="ExpiresIn">Of the access token, in seconds.</param>
internal sealed record BrowserTokens(string AccessToken, string TokenType, long ExpiresIn, long UserId)
{
    /// <summary>Issues the session's tokens, and sets the cookie.</summary>
    public static BrowserTokens Issue(HttpContext http, Tokens tokens, Session session)
    {
        var issued = tokens.Issue(session);
        RefreshCookie.Set(http, issued.RefreshToken);
        return new BrowserTokens(issued.AccessToken, issued.TokenType, issued.ExpiresIn, issued.UserId);
    }
}

internal static class OpenBrowserSessionEndpoint
{
    public static void MapOpenBrowserSession(this IEndpointRouteBuilder sessions) => sessions
        .MapPost("", async (
            SignInRequest body,
            HttpContext http,
            ClientNetwork network,
            SessionClient client,
            Tokens tokens,
            IMediator mediator,
            CancellationToken ct) =>
            TypedResults.Ok(BrowserTokens.Issue(
                http, tokens, await mediator.Send(body.ToCommand(network, client), ct))))
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.SignIn)
        .WithOwnLimit()
        .WithName("OpenBrowserSession")
        .WithSummary("Signs a browser in: an access token, and a refresh token as a cookie")
        .Fails(IdentityErrors.InvalidCredentials, IdentityErrors.LockedOut)
        .WithExample(new SignInRequest("mina@example.com", "correct horse"))
        .WithDescription(
            "The cookie is `__Host-shop-refresh`; over plain HTTP, on localhost alone, `shop-refresh`.");
}
