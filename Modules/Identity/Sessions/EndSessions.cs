using Shop.Identity.Access;
using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Sessions;

internal sealed record EndSessions(long UserId) : ICommand<Unit>;

internal static class EndSessionsEndpoint
{
    public static void MapEndSessions(this IEndpointRouteBuilder sessions) => sessions
        .MapDelete("", async (
            long userId, Caller caller, AccessCache access, IMediator mediator, CancellationToken ct) =>
        {
            caller.MustCover(userId);
            await mediator.Send(new EndSessions(userId), ct);
            await access.TryRefreshAsync(ct);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(EndSessions))
        .WithSummary("Ends all sessions of a user, the caller's own too")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class EndSessionsHandler(Db db, IMediator mediator) : IRequestHandler<EndSessions, Unit>
{
    public async Task<Unit> Handle(EndSessions request, CancellationToken cancellationToken)
    {
        if (!await mediator.Send(new UserExists(request.UserId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        db.QueueEndOfSessions(request.UserId);
        return Unit.Value;
    }
}
