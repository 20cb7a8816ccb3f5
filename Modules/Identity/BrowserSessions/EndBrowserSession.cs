using System.Security.Claims;
using Shop.Identity.Sessions;

namespace Shop.Identity.BrowserSessions;

/// <param name="SessionIds">Of the access token and of the cookie: another tab may have signed in meanwhile.</param>
internal sealed record EndBrowserSession(IReadOnlyList<Guid> SessionIds) : ICommand<Unit>;

internal static class EndBrowserSessionEndpoint
{
    public static void MapEndBrowserSession(this IEndpointRouteBuilder sessions) => sessions
        .MapDelete("/current", async (
            HttpContext http, ClaimsPrincipal user, Tokens tokens, IMediator mediator, CancellationToken ct) =>
        {
            var current = Tokens.FindSessionId(user)
                ?? throw new ErrorException(HttpErrors.Forbidden.Of("This caller has no session."));
            await mediator.Send(
                new EndBrowserSession([current, RefreshCookie.Read(http, tokens)?.SessionId ?? current]), ct);
            RefreshCookie.Clear(http);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(EndBrowserSession))
        .WithSummary("Ends this browser's session, and takes its cookie back");
}

internal sealed class EndBrowserSessionHandler(Db db) : IRequestHandler<EndBrowserSession, Unit>
{
    public Task<Unit> Handle(EndBrowserSession request, CancellationToken cancellationToken)
    {
        foreach (var sessionId in request.SessionIds.Distinct().Order())
            db.QueueEndOfSession(sessionId);
        return Unit.Task;
    }
}
