using Shop.Identity.Access;
using Shop.Identity.Users;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Sessions;

internal sealed record EndSessions(long UserId, Caller Caller) : ICommand<Unit>;

internal static class EndSessionsEndpoint
{
    public static void MapEndSessions(this IEndpointRouteBuilder sessions) => sessions
        .MapDelete("", async (
            long userId, Caller caller, AccessCache access, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new EndSessions(userId, caller), ct);
            await access.TryRefreshAsync(ct);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(EndSessions))
        .WithSummary("Ends all sessions of a user, the caller's own too")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class EndSessionsHandler(Db db) : IRequestHandler<EndSessions, Unit>
{
    public async Task<Unit> Handle(EndSessions request, CancellationToken cancellationToken)
    {
        if (await LockedAccount.LockAsync(db, request.UserId, cancellationToken) is not { } user)
            throw new ErrorException(WalletErrors.UserNotFound.Of(request.UserId));
        request.Caller.MustCover(request.UserId, user.Permissions);
        db.QueueEndOfSessions(request.UserId);
        return Unit.Value;
    }
}
