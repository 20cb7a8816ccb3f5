using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.Extensions.Options;
using Shop.Identity.Contracts;
using Shop.Identity.Users;

namespace Shop.Identity.Sessions;

/// <summary>The section <c>Identity:Tokens</c>.</summary>
internal sealed class TokenLifetimeOptions
{
    /// <summary>How long an access token is good for, unless its session ends.</summary>
    public TimeSpan AccessLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a sign-in lasts after its last refresh.</summary>
    public TimeSpan RefreshLifetime { get; set; } = TimeSpan.FromDays(14);

    /// <summary>Sessions of one user; the least recently used one ends with the next sign-in.</summary>
    public int MaximumSessions { get; set; } = 1_000;
}

internal sealed class TokenLifetimeOptionsValidator : AbstractValidator<TokenLifetimeOptions>
{
    public TokenLifetimeOptionsValidator()
    {
        RuleFor(options => options.AccessLifetime).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        RuleFor(options => options.MaximumSessions).InclusiveBetween(1, 100_000);
        RuleFor(options => options.RefreshLifetime).GreaterThan(options => options.AccessLifetime).LessThanOrEqualTo(
            TimeSpan.FromDays(365));
    }
}

/// <param name="ExpiresIn">Of the access token, in seconds.</param>
internal sealed record SessionTokens(
    string AccessToken, string TokenType, long ExpiresIn, string RefreshToken, long UserId);

/// <summary>The signed-in user, with the account's state that a refresh token must still agree with.</summary>
/// <param name="Generation">Of the refresh token that is current.</param>
/// <param name="ExpiresAt">By the database's clock.</param>
internal sealed record Session(
    Guid SessionId, long UserId, string Role, string SecurityStamp, int Generation, DateTimeOffset ExpiresAt);

/// <summary>The content of a refresh token.</summary>
internal sealed record RefreshTicket(Guid SessionId, string SecurityStamp, int Generation);

/// <summary>
/// Makes the tokens that ASP.NET Core's bearer scheme reads: its own sign-in writes the answer itself and has no room
/// for <c>userId</c>.
/// </summary>
internal sealed class Tokens(
    IOptionsMonitor<BearerTokenOptions> bearer, IOptions<TokenLifetimeOptions> lifetimes, TimeProvider time)
{
    /// <summary>Of a refresh token in a request: ours have about 500 characters.</summary>
    public const int MaximumLength = 2_000;

    private const string SessionIdClaim = "sid";
    private const string SecurityStampClaim = "stamp";
    private const string GenerationClaim = "gen";

    public SessionTokens Issue(Session session)
    {
        var now = time.UtcNow();
        var access = Ticket(
            now,
            now + lifetimes.Value.AccessLifetime,
            new Claim(ClaimTypes.NameIdentifier, session.UserId.ToString(CultureInfo.InvariantCulture)),
            new Claim(ClaimTypes.Role, session.Role),
            new Claim(SessionIdClaim, session.SessionId.ToString()));
        var refresh = Ticket(
            now,
            session.ExpiresAt,
            new Claim(SessionIdClaim, session.SessionId.ToString()),
            new Claim(SecurityStampClaim, session.SecurityStamp),
            new Claim(GenerationClaim, session.Generation.ToString(CultureInfo.InvariantCulture)));
        return new SessionTokens(
            Scheme.BearerTokenProtector.Protect(access),
            "Bearer",
            (long)lifetimes.Value.AccessLifetime.TotalSeconds,
            Scheme.RefreshTokenProtector.Protect(refresh),
            session.UserId);
    }

    /// <exception cref="ErrorException">
    /// 401 <c>identity.invalid_credentials</c>: it is none of ours, or too old.
    /// </exception>
    /// <exception cref="ValidationException">It is longer than <see cref="MaximumLength"/>.</exception>
    public RefreshTicket ReadRefreshToken(string token)
    {
        if (token.Length > MaximumLength)
            throw Invalid.Field("refreshToken", $"Must have at most {MaximumLength} characters.");
        return FindTicket(token) ?? throw new ErrorException(IdentityErrors.InvalidCredentials.Of());
    }

    /// <returns>Null where it is no refresh token of ours, or too old.</returns>
    public RefreshTicket? FindTicket(string token)
    {
        var ticket = Scheme.RefreshTokenProtector.Unprotect(token);
        return ticket?.Properties.ExpiresUtc > time.UtcNow()
            ? new RefreshTicket(
                SessionIdOf(ticket.Principal),
                ticket.Principal.FindFirstValue(SecurityStampClaim)!,
                GenerationOf(ticket.Principal))
            : null;
    }

    public static Guid SessionIdOf(ClaimsPrincipal user) =>
        FindSessionId(user) ?? throw new InvalidOperationException("The caller has no session.");

    /// <summary>The session of an access token; null for callers that have none.</summary>
    public static Guid? FindSessionId(ClaimsPrincipal user) =>
        user.FindFirstValue(SessionIdClaim) is { } id ? Guid.Parse(id, CultureInfo.InvariantCulture) : null;

    // A token of a host of before names none.
    private static int GenerationOf(ClaimsPrincipal session) =>
        session.FindFirstValue(GenerationClaim) is { } generation
            ? int.Parse(generation, CultureInfo.InvariantCulture)
            : 0;

    private BearerTokenOptions Scheme => bearer.Get(BearerTokenDefaults.AuthenticationScheme);

    private static AuthenticationTicket Ticket(
        DateTimeOffset issued, DateTimeOffset expires, params Claim[] claims) => new(
        new ClaimsPrincipal(new ClaimsIdentity(claims, BearerTokenDefaults.AuthenticationScheme)),
        new AuthenticationProperties { IssuedUtc = issued, ExpiresUtc = expires },
        BearerTokenDefaults.AuthenticationScheme);
}
