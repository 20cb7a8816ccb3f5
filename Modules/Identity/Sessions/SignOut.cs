using System.Security.Claims;

namespace Shop.Identity.Sessions;

internal sealed record SignOut(Guid SessionId) : ICommand<Unit>;

internal static class SignOutEndpoint
{
    public static void MapSignOut(this IEndpointRouteBuilder sessions) => sessions
        .MapDelete("/current", async (ClaimsPrincipal user, Caller caller, IMediator mediator, CancellationToken ct) =>
        {
            if (caller.Type != CallerType.User)
                throw new ErrorException(HttpErrors.Forbidden.Of("An API key has no session."));
            await mediator.Send(new SignOut(Tokens.SessionIdOf(user)), ct);
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
