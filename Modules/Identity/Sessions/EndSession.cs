using Shop.Identity.Access;
using Shop.Identity.Contracts;

namespace Shop.Identity.Sessions;

internal sealed record EndSession(long UserId, Guid SessionId) : ICommand<Unit>;

internal static class EndSessionEndpoint
{
    public static void MapEndSession(this IEndpointRouteBuilder sessions) => sessions
        .MapDelete("/{sessionId:guid}", async (
            long userId, Guid sessionId, Caller caller, AccessCache access, IMediator mediator, CancellationToken ct) =>
        {
            caller.MustCover(userId);
            await mediator.Send(new EndSession(userId, sessionId), ct);
            await access.TryRefreshAsync(ct);
            return TypedResults.NoContent();
        })
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(EndSession))
        .WithSummary("Ends one session of a user")
        .Fails(IdentityErrors.SessionNotFound);
}

internal sealed class EndSessionHandler(Db db) : IRequestHandler<EndSession, Unit>
{
    private const string LockSession = """
        select true from identity.sessions
        where session_id = @SessionId and user_id = @UserId and expires_at > (select shop.now())
        for update
        """;

    /// <exception cref="ErrorException">
    /// 404 <c>identity.session_not_found</c>: it ended, or is another user's.
    /// </exception>
    public async Task<Unit> Handle(EndSession request, CancellationToken cancellationToken)
    {
        if (!await db.QuerySingleOrDefaultAsync<bool>(LockSession, request, cancellationToken))
            throw new ErrorException(IdentityErrors.SessionNotFound.Of(request.SessionId));
        db.QueueEndOfSession(request.SessionId);
        return Unit.Value;
    }
}
