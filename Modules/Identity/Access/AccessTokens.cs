using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Shop.Identity.Sessions;
using Shop.Identity.Users;

namespace Shop.Identity.Access;

/// <summary>
/// Reads access tokens. Those that were read a moment ago need not be decrypted again; a key of Data Protection that is
/// revoked ends its tokens within <see cref="Lifetime"/>.
/// </summary>
internal sealed class AccessTokens(
    IOptionsMonitor<BearerTokenOptions> bearer, IOptions<TokenLifetimeOptions> lifetimes,
    TimeProvider time) : IDisposable
{
    private const int Places = 10_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = Places });

    /// <returns>Null where the text is no access token of ours, or is too old.</returns>
    public AccessToken? Read(string text)
    {
        if (!cache.TryGetValue(text, out AccessToken? token))
        {
            token = Decrypt(text);
            // Only tokens of ours are remembered: a client can send any number of others.
            if (token is null)
                return null;
            cache.Set(
                text, token, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Lifetime });
        }

        return token!.ExpiresAt > time.GetUtcNow() ? token : null;
    }

    public void Dispose() => cache.Dispose();

    private AccessToken? Decrypt(string text)
    {
        var protector = bearer.Get(BearerTokenDefaults.AuthenticationScheme).BearerTokenProtector;
        if (protector.Unprotect(text) is not { Properties.ExpiresUtc: { } expires } ticket)
            return null;
        // Tokens of the build before say when they expire only.
        var lifetime = lifetimes.Value.AccessLifetime;
        var issued = ticket.Properties.IssuedUtc ?? expires - lifetime;
        // Endings are read back for the lifetime that is configured now.
        if (expires > issued + lifetime)
            expires = issued + lifetime;
        return new AccessToken(
            long.Parse(ticket.Principal.FindFirstValue(ClaimTypes.NameIdentifier)!, CultureInfo.InvariantCulture),
            Tokens.SessionIdOf(ticket.Principal),
            issued,
            expires,
            (ClaimsIdentity)ticket.Principal.Identity!);
    }
}

/// <summary>The content of an access token, and the principal of the latest request with it.</summary>
internal sealed class AccessToken(
    long userId, Guid sessionId, DateTimeOffset issuedAt, DateTimeOffset expiresAt, ClaimsIdentity identity)
{
    private volatile CallerPrincipal? latest;

    public Guid SessionId => sessionId;

    public long UserId => userId;

    public DateTimeOffset IssuedAt => issuedAt;

    public DateTimeOffset ExpiresAt => expiresAt;

    /// <summary>The role at the sign-in; requests get the role that the user has now.</summary>
    public string? IssuedRole => identity.FindFirst(ClaimTypes.Role)?.Value;

    public CallerPrincipal PrincipalOf(Permissions permissions, IUserPermissions users)
    {
        if (latest is { } known && known.Caller.Permissions == permissions)
            return known;
        return latest = new CallerPrincipal(Caller.OfUser(userId, permissions, users), identity);
    }
}
