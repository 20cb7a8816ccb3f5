using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Shop.Identity.Users;

namespace Shop.Identity.External;

/// <summary>
/// Reads the provider's access tokens. Those that were read a moment ago need not be verified again; a key that the
/// provider withdraws ends its tokens within <see cref="Lifetime"/> of the host's next reading of the keys.
/// </summary>
internal sealed class ExternalTokens(
    IOptions<ExternalIdentityOptions> options, ProviderConfiguration provider, TimeProvider time) : IDisposable
{
    public const string SchemeName = "External";

    /// <summary>Of a token: a request's headers have 16 KiB.</summary>
    public const int MaximumLength = 8_000;

    /// <summary>However long a token says that it is good for.</summary>
    public static readonly TimeSpan MaximumAge = TimeSpan.FromDays(1);

    /// <summary>Between the provider's clock and a host's.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private const int Places = 10_000;

    // OpenID Connect Core, 2.
    private const int MaximumSubject = 255;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    // Signatures that need the private key alone: an unsigned token, or one with a MAC by the public key, is none.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = Places });

    /// <summary>Whether the text is a JWT by its form: tokens of the shop's own have no dot.</summary>
    public bool IsMeant(string text) => options.Value.IsEnabled && text.Contains('.', StringComparison.Ordinal);

    /// <returns>Null where the text is no token for this shop, or is too old.</returns>
    /// <exception cref="ErrorException">503 <c>unavailable</c>: it can't be known.</exception>
    public async Task<ExternalToken?> ReadAsync(string text, HttpContext http)
    {
        if (text.Length > MaximumLength)
            return null;
        if (!cache.TryGetValue(text, out ExternalToken? token))
        {
            token = await VerifyAsync(text, http);
            // A client can send any number of others.
            if (token is null)
                return null;
            cache.Set(
                text, token, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Lifetime });
        }

        return token!.ExpiresAt > time.GetUtcNow() ? token : null;
    }

    /// <summary>How the framework's scheme verifies a token.</summary>
    public static void Apply(JwtBearerOptions bearer, ExternalIdentityOptions options, ProviderConfiguration provider)
    {
        bearer.ConfigurationManager = provider;
        bearer.MapInboundClaims = false;
        bearer.RefreshOnIssuerKeyNotFound = false;
        bearer.SaveToken = false;
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAudience = options.Audience,
            ValidAlgorithms = Algorithms,
            ClockSkew = ClockSkew,
        };
    }

    public void Dispose() => cache.Dispose();

    private async Task<ExternalToken?> VerifyAsync(string text, HttpContext http)
    {
        if (Parse(text) is not { } unverified || !Algorithms.Contains(unverified.Alg))
            return null;
        var keyId = string.IsNullOrEmpty(unverified.Kid) ? null : unverified.Kid;
        var known = await provider.WithKeyAsync(keyId, http.RequestAborted);
        if (unverified.Issuer != known.Issuer)
            return null;
        var result = await http.AuthenticateAsync(SchemeName);
        return result.Succeeded ? Read(result.Principal) : null;
    }

    private static JsonWebToken? Parse(string text)
    {
        try
        {
            return new JsonWebToken(text);
        }
        catch (Exception malformed) when (malformed is ArgumentException or SecurityTokenException or FormatException)
        {
            return null;
        }
    }

    // Without iat no ending could be held against it; with one in the future none would.
    private ExternalToken? Read(ClaimsPrincipal verified)
    {
        if (verified.FindFirstValue("sub") is not { Length: > 0 and <= MaximumSubject } subject
            || subject.AsSpan().ContainsAnyExceptInRange(' ', '~')
            || TimeOf("iat") is not { } issued
            || TimeOf("exp") is not { } expires
            || issued > time.GetUtcNow() + ClockSkew)
            return null;
        var latest = issued + MaximumAge;
        return new ExternalToken(
            verified.FindFirstValue("iss")!,
            subject,
            issued,
            (expires < latest ? expires : latest) + ClockSkew,
            TextOf("email", AccountRules.ToEmail, AccountRules.IsEmail),
            string.Equals(verified.FindFirstValue("email_verified"), "true", StringComparison.OrdinalIgnoreCase),
            TextOf("name", CanonicalText.Of, AccountRules.IsName),
            PermissionsIn(verified));

        DateTimeOffset? TimeOf(string claim) =>
            double.TryParse(verified.FindFirstValue(claim), CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 0 and < 253_402_300_799
                ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
                : null;

        string? TextOf(string claim, Func<string, string> canonical, Func<string, bool> isGood)
        {
            try
            {
                return verified.FindFirstValue(claim) is { } text && canonical(text) is var read && isGood(read)
                    ? read
                    : null;
            }
            catch (FormatException)
            {
                return null;
            }
        }
    }

    // A claim of several values comes as several claims.
    private Permissions PermissionsIn(ClaimsPrincipal verified) =>
        string.IsNullOrEmpty(options.Value.RoleClaim)
            ? Permissions.None
            : verified.FindAll(options.Value.RoleClaim).Aggregate(
                Permissions.None,
                (set, claim) =>
                    EnumNames.TryRead<Role>(claim.Value, out var role) ? set | Roles.PermissionsOf(role) : set);
}

/// <summary>The claims of a provider's token about the person.</summary>
/// <param name="IssuedAt">To the second.</param>
/// <param name="Email">In the form in which it is kept; null where there is none, or none that is an address.</param>
/// <param name="EmailIsVerified">Whether the provider says that the address is the person's.</param>
/// <param name="Name">Null where there is none that an account could have.</param>
/// <param name="Permissions">Of the roles that it names, for as long as it is good.</param>
internal sealed record ExternalToken(
    string Issuer,
    string Subject,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt,
    string? Email,
    bool EmailIsVerified,
    string? Name,
    Permissions Permissions);
