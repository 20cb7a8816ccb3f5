using System.Security.Claims;
using Shop.Identity.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Identity.Sessions;

internal sealed record ListSessions(long UserId, Guid? CurrentId, PageRequest Page) : IQuery<Page<SessionView>>;

/// <summary>A sign-in that has not ended.</summary>
/// <param name="LastUsedAt">When it was signed in to or last refreshed.</param>
/// <param name="Address">The IP address of its last use; null where none was known.</param>
/// <param name="UserAgent">Of its last use.</param>
/// <param name="Current">Whether it is the one that asks.</param>
internal sealed record SessionView(
    Guid SessionId,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastUsedAt,
    DateTimeOffset ExpiresAt,
    string? Address,
    string? UserAgent,
    bool Current);

internal static class ListSessionsEndpoint
{
    public static void MapListSessions(this IEndpointRouteBuilder sessions) => sessions
        .MapGet("", async (
            long userId, ClaimsPrincipal user, [AsParameters] PageRequest page, IMediator mediator,
            CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListSessions(userId, Tokens.FindSessionId(user), page), ct)))
        .WithName(nameof(ListSessions))
        .WithSummary("A user's sessions, newest first")
        .Fails(WalletErrors.UserNotFound);
}

internal sealed class ListSessionsHandler(Db db, Cursors cursors, IMediator mediator)
    : IRequestHandler<ListSessions, Page<SessionView>>
{
    private const string SelectSessions = """
        select session_id, created_at, coalesce(last_used_at, created_at) as last_used_at, expires_at,
            address, user_agent, session_id is not distinct from @CurrentId as current
        from identity.sessions
        where user_id = @UserId and expires_at > (select shop.now()) and (@after::uuid is null or session_id < @after)
        order by session_id desc limit @limit
        """;

    private sealed record After(Guid SessionId);

    public async Task<Page<SessionView>> Handle(ListSessions request, CancellationToken cancellationToken)
    {
        var (userId, currentId, page) = request;
        var list = $"sessions/{userId}";
        var after = cursors.Read<After>(list, page)?.SessionId;
        var sessions = await db.QueryAsync<SessionView>(
            SelectSessions, new { userId, currentId, after, limit = page.Size + 1 }, cancellationToken);
        if (sessions.Count == 0 && !await mediator.Send(new UserExists(userId), cancellationToken))
            throw new ErrorException(WalletErrors.UserNotFound.Of(userId));
        return cursors.Page(list, page, sessions, last => new After(last.SessionId));
    }
}
