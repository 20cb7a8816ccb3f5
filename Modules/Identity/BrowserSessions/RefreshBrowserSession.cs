using Shop.Identity.Contracts;
using Shop.Identity.Sessions;

namespace Shop.Identity.BrowserSessions;

internal static class RefreshBrowserSessionEndpoint
{
    // A refusal leaves the cookie alone: another tab may have signed in and set it meanwhile.
    public static void MapRefreshBrowserSession(this IEndpointRouteBuilder sessions) => sessions
        .MapPost("/refresh", async (
            HttpContext http, SessionClient client, Tokens tokens, IMediator mediator, CancellationToken ct) =>
        {
            var session = RefreshCookie.Read(http, tokens) is { } ticket
                ? await mediator.Send(new RefreshSession(ticket, client), ct)
                : null;
            return TypedResults.Ok(BrowserTokens.Issue(
                http, tokens, session ?? throw new ErrorException(IdentityErrors.InvalidCredentials.Of())));
        })
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName("RefreshBrowserSession")
        .WithSummary("New tokens for the refresh token of the cookie, which is used up")
        .Fails(IdentityErrors.InvalidCredentials);
}
