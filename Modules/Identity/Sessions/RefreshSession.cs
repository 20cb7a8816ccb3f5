using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Shop.Identity.Contracts;
using Shop.Identity.Users;

namespace Shop.Identity.Sessions;

/// <summary>
/// Uses a refresh token. Null, and not an exception, is the answer to a token that gets nothing: ending a session whose
/// token was stolen has to be committed.
/// </summary>
internal sealed record RefreshSession(RefreshTicket Ticket, SessionClient Client) : ICommand<Session?>;

internal sealed record RefreshSessionRequest([property: MaxLength(Tokens.MaximumLength)] string RefreshToken);

internal static class RefreshSessionEndpoint
{
    public static void MapRefreshSession(this IEndpointRouteBuilder sessions) => sessions
        .MapPost("/refresh", async (
            RefreshSessionRequest body, SessionClient client, Tokens tokens, IMediator mediator,
            CancellationToken ct) =>
        {
            var session = await mediator.Send(
                new RefreshSession(tokens.ReadRefreshToken(body.RefreshToken), client), ct);
            return TypedResults.Ok(
                tokens.Issue(session ?? throw new ErrorException(IdentityErrors.InvalidCredentials.Of())));
        })
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(RefreshSession))
        .WithSummary("New tokens for a refresh token, which is used up")
        .WithDescription("""
            A refresh token is used once. For 10 s after its first use it still gets tokens, for answers that are lost
            and for several tabs; its use after that ends the session, since somebody else may have it.
            """)
        .Fails(IdentityErrors.InvalidCredentials)
        .WithExample(new RefreshSessionRequest("CfDJ8NrAkS…"));
}

internal sealed class RefreshSessionHandler(
    Db db, SecurityLog security, IOptions<TokenLifetimeOptions> lifetimes)
    : IRequestHandler<RefreshSession, Session?>
{
    // Signed out: no session. Password changed: another stamp.
    private static readonly LockStatement LockSession = new(
        LockOrder.Account,
        "identity.sessions",
        $"""
        {SelectSession("s.session_id, u.user_id, u.role, s.generation, s.rotated_at, s.expires_at")}
        order by s.session_id for no key update of s
        """,
        SelectSession("s.session_id"));

    private const string Prolong = """
        update identity.sessions
        set generation = @generation, rotated_at = @rotatedAt, last_used_at = @now, expires_at = @expiresAt,
            address = @address::text, user_agent = @userAgent::text
        where session_id = @sessionId
        """;

    public async Task<Session?> Handle(RefreshSession request, CancellationToken cancellationToken)
    {
        var (ticket, client) = request;
        if (await LockAsync(ticket, cancellationToken) is not { } found)
            return null;
        var (session, generations, now) = found;
        if (generations.Use(ticket.Generation, now) is not { } used)
        {
            security.SessionTheft(session.UserId, client.Address);
            db.QueueEndOfSession(session.SessionId);
            return null;
        }

        var prolonged = session with { Generation = used.Current, ExpiresAt = now + lifetimes.Value.RefreshLifetime };
        db.QueueWrite(
            Prolong,
            rows: 1,
            ("sessionId", session.SessionId),
            ("generation", used.Current),
            ("rotatedAt", used.UsedAt.Select(time => time.UtcDateTime).ToArray()),
            ("now", now),
            ("expiresAt", prolonged.ExpiresAt),
            ("address", client.Address ?? (object)DBNull.Value),
            ("userAgent", client.UserAgent ?? (object)DBNull.Value));
        return prolonged;
    }

    private async Task<(Session Session, Generations Generations, DateTimeOffset Now)?> LockAsync(
        RefreshTicket ticket, CancellationToken ct)
    {
        (Session Session, Generations Generations)? locked = null;
        db.QueueLock(
            LockSession,
            [ticket.SessionId],
            row => locked = (
                new Session(
                    row.GetGuid(0),
                    row.GetInt64(1),
                    row.GetString(2),
                    ticket.SecurityStamp,
                    row.GetInt32(3),
                    row.GetFieldValue<DateTimeOffset>(5)),
                new Generations(row.GetInt32(3), row.GetFieldValue<DateTimeOffset[]>(4))),
            ("stamp", ticket.SecurityStamp));
        var now = db.QueueNow();
        await db.FlushAsync(ct);
        return locked is { } found && found.Session.ExpiresAt > now.Value
            ? (found.Session, found.Generations, now.Value)
            : null;
    }

    private static string SelectSession(string columns) => $"""
        select {columns}
        from identity.sessions s join identity.users u on u.user_id = s.user_id
        where s.session_id = any(@keys) and u.security_stamp = @stamp and u.status = 'ACTIVE'
        """;
}
