using Shop.Identity.Access;
using Shop.Identity.Contracts;
using Shop.Identity.Users;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Sessions;

internal sealed record EndSession(long UserId, Guid SessionId, Caller Caller) : ICommand<Unit>;

internal static class EndSessionEndpoint
{
    public static void MapEndSession(this IEndpointRouteBuilder sessions) => sessions
        .MapDelete("/{sessionId:guid}", async (
            long userId, Guid sessionId, Caller caller, AccessCache access, IMediator mediator, CancellationToken ct) =>
        {
            await mediator.Send(new EndSession(userId, sessionId, caller), ct);
            await access.TryRefreshAsync(ct);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(EndSession))
        .WithSummary("Ends one session of a user")
        .Fails(IdentityErrors.SessionNotFound, WalletErrors.UserNotFound);
}

internal sealed class EndSessionHandler(Db db) : IRequestHandler<EndSession, Unit>
{
    private const string LockSession = """
        select true from identity.sessions
        where session_id = @sessionId and user_id = @userId and expires_at > (select shop.now())
        for update
        """;

    /// <exception cref="ErrorException">
    /// 404 <c>identity.session_not_found</c>: it ended, or is another user's; 404 <c>wallet.user_not_found</c>;
    /// 403 <c>auth.forbidden</c>.
    /// </exception>
    public async Task<Unit> Handle(EndSession request, CancellationToken cancellationToken)
    {
        var (userId, sessionId, caller) = request;
        if (await LockedAccount.LockAsync(db, userId, cancellationToken) is not { } user)
            throw new ErrorException(WalletErrors.UserNotFound.Of(userId));
        caller.MustCover(userId, user.Permissions);
        if (!await db.QuerySingleOrDefaultAsync<bool>(LockSession, new { userId, sessionId }, cancellationToken))
            throw new ErrorException(IdentityErrors.SessionNotFound.Of(sessionId));
        db.QueueEndOfSession(sessionId);
        return Unit.Value;
    }
}
