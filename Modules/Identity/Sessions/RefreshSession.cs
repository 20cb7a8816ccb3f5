using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Shop.Identity.Users;

namespace Shop.Identity.Sessions;

internal sealed record RefreshSession(RefreshTicket Ticket) : ICommand<SessionTokens>;

internal sealed record RefreshSessionRequest([property: MaxLength(Tokens.MaximumLength)] string RefreshToken);

internal static class RefreshSessionEndpoint
{
    public static void MapRefreshSession(this IEndpointRouteBuilder sessions) => sessions
        .MapPost("/refresh", async (RefreshSessionRequest body, Tokens tokens, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new RefreshSession(tokens.ReadRefreshToken(body.RefreshToken)), ct)))
        .AllowAnonymous()
        .RequireRateLimiting(RateLimits.SignIn)
        .WithName(nameof(RefreshSession))
        .WithSummary("New tokens for a refresh token")
        .Refuses(StatusCodes.Status401Unauthorized, "identity.invalid_credentials")
        .WithExample(new RefreshSessionRequest("CfDJ8NrAkS…"));
}

internal sealed class RefreshSessionHandler(Db db, Tokens tokens, IOptions<TokenLifetimeOptions> lifetimes)
    : IRequestHandler<RefreshSession, SessionTokens>
{
    // Signed out: no session. Password changed: another stamp.
    private const string ProlongSession = """
        update identity.sessions s set expires_at = (select shop.now()) + @lifetime
        from identity.users u
        where s.session_id = @SessionId and u.user_id = s.user_id and u.security_stamp = @SecurityStamp
          and u.status = 'ACTIVE'
        returning s.session_id, u.user_id, u.role, u.security_stamp
        """;

    public async Task<SessionTokens> Handle(RefreshSession request, CancellationToken cancellationToken)
    {
        var (sessionId, securityStamp) = request.Ticket;
        var lifetime = lifetimes.Value.RefreshLifetime;
        var session = await db.QuerySingleOrDefaultAsync<Session>(ProlongSession, new { sessionId, securityStamp, lifetime }, cancellationToken);
        return tokens.Issue(session ?? throw new ErrorException(Passwords.InvalidCredentials()));
    }
}
