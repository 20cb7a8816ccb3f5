using System.Security.Claims;

namespace Shop.Identity.Sessions;

internal sealed record SignOut(Guid SessionId) : ICommand<Unit>;

internal static class SignOutEndpoint
{
    public static void MapSignOut(this IEndpointRouteBuilder sessions) => sessions
        .MapDelete("/current", async (ClaimsPrincipal user, Caller caller, IMediator mediator, CancellationToken ct) =>
        {
            var sessionId = Tokens.FindSessionId(user)
                ?? throw new ErrorException(HttpErrors.Forbidden.Of(caller.Type == CallerType.ApiKey
                    ? "An API key has no session."
                    : "This session is the identity provider's: sign out there."));
            await mediator.Send(new SignOut(sessionId), ct);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(SignOut))
        .WithSummary("Ends this session")
        .Fails(HttpErrors.Forbidden);
}

internal sealed class SignOutHandler(Db db) : IRequestHandler<SignOut, Unit>
{
    public Task<Unit> Handle(SignOut request, CancellationToken cancellationToken)
    {
        db.QueueEndOfSession(request.SessionId);
        return Unit.Task;
    }
}
