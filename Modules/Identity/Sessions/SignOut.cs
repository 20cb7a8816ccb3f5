using System.Security.Claims;

namespace Shop.Identity.Sessions;

internal sealed record SignOut(Guid SessionId) : ICommand<Unit>;

internal static class SignOutEndpoint
{
    public static void MapSignOut(this IEndpointRouteBuilder sessions) => sessions
        .MapDelete("/current", async (ClaimsPrincipal user, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new SignOut(Tokens.SessionIdOf(user)), ct);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(SignOut))
        .WithSummary("Ends this session");
}

internal sealed class SignOutHandler(Db db) : IRequestHandler<SignOut, Unit>
{
    public Task<Unit> Handle(SignOut request, CancellationToken cancellationToken)
    {
        db.QueueEndOfSession(request.SessionId);
        return Unit.Task;
    }
}
