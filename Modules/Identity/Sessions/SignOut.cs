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
        .WithSummary("Ends the refresh tokens of this sign-in");
}

internal sealed class SignOutHandler(Db db) : IRequestHandler<SignOut, Unit>
{
    private const string DeleteSession = "delete from identity.sessions where session_id = @SessionId";

    public async Task<Unit> Handle(SignOut request, CancellationToken cancellationToken)
    {
        await db.ExecuteAsync(DeleteSession, new { request.SessionId }, cancellationToken);
        return Unit.Value;
    }
}
