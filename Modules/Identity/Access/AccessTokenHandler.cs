using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Shop.Identity.ApiKeys;
using Shop.Identity.External;

namespace Shop.Identity.Access;

/// <summary>
/// Says who is calling, by the token of the header <c>Authorization</c>, and what the caller may do now.
/// </summary>
internal sealed class AccessTokenHandler(
    AccessTokens tokens,
    AccessCache access,
    EndingLookup endings,
    ApiKeyLookup keys,
    ApiKeyUses uses,
    ExternalTokens externalTokens,
    ExternalUsers externalUsers,
    SecurityLog security,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logging,
    UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
{
    public const string SchemeName = "Shop";

    private const string Bearer = "Bearer";

    // Hosts' clocks differ: a token may seem older than a read that it is newer than.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(2);

    private ErrorException? refusal;

    /// <exception cref="ErrorException">503 <c>unavailable</c>: whether the token holds can't be known.</exception>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (ReadHeader() is not { Length: > 0 } text)
            return AuthenticateResult.NoResult();
        if (ApiKeySecret.IsMeant(text))
            return await ReadApiKeyAsync(text);
        if (externalTokens.IsMeant(text))
            return await ReadExternalAsync(text);
        if (tokens.Read(text) is not { } token)
            return AuthenticateResult.Fail("The access token is not valid.");

        var snapshot = await access.CurrentAsync(Context.RequestAborted);
        if (IsNewer(token, snapshot))
            snapshot = await access.RefreshAsync(Context.RequestAborted);
        var hasEnded = snapshot.HasEnded(token)
            || (snapshot.MayHaveEnded(token)
                && await endings.HasEndedAsync(token.SessionId, ClientNetwork.Of(Context), Context.RequestAborted));
        return hasEnded
            ? AuthenticateResult.Fail("The session has ended.")
            : Success(token.PrincipalOf(snapshot.PermissionsOf(token.UserId), access));
    }

    private async Task<AuthenticateResult> ReadApiKeyAsync(string text)
    {
        if (ApiKeySecret.HashOf(text) is not { } hash)
            return RefuseApiKey(key: null);
        var snapshot = await access.CurrentAsync(Context.RequestAborted);
        var key = snapshot.ApiKeys.GetValueOrDefault(hash)
            ?? await keys.FindAsync(hash, ClientNetwork.Of(Context), access, Context.RequestAborted);
        if (key is null || key.IsExpired(TimeProvider.GetUtcNow()))
            return RefuseApiKey(key);
        uses.Note(key.ApiKeyId);
        return Success(key.Principal);
    }

    // Open endpoints answer whatever the provider's token is worth. An endpoint that needs a token tells the error.
    private async Task<AuthenticateResult> ReadExternalAsync(string text)
    {
        try
        {
            if (await externalTokens.ReadAsync(text, Context) is not { } token)
                return AuthenticateResult.Fail("The access token is not valid.");
            var snapshot = await access.CurrentAsync(Context.RequestAborted);
            if (await externalUsers.FindAsync(token, snapshot, Context) is not { IsActive: true } user)
                return AuthenticateResult.Fail("The account is not active.");
            if (token.IssuedAt < user.TokensFrom)
                return AuthenticateResult.Fail("The session has ended.");
            return Success(new CallerPrincipal(
                Caller.OfUser(user.UserId, snapshot.PermissionsOf(user.UserId) | token.Permissions, access),
                new ClaimsIdentity(ExternalTokens.SchemeName)));
        }
        catch (ErrorException error)
        {
            refusal = error;
            return AuthenticateResult.Fail(error);
        }
    }

    private AuthenticateResult RefuseApiKey(CachedApiKey? key)
    {
        security.Write(
            SecurityEvent.ApiKeyRefused, ClientNetwork.Of(Context).ToString(), key?.Principal.Caller.ToString());
        return AuthenticateResult.Fail("The API key is not valid.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (refusal is not null)
            throw new ErrorException(refusal.Error);
        Response.Headers.Append(HeaderNames.WWWAuthenticate, Bearer);
        return base.HandleChallengeAsync(properties);
    }

    // A role that was given before the sign-in holds at once on every host.
    private static bool IsNewer(AccessToken token, AccessSnapshot snapshot) =>
        token.IssuedAt + ClockSkew > snapshot.Began.Utc
        && token.IssuedRole is { } role && role != EnumNames.Of(snapshot.RoleOf(token.UserId));

    private AuthenticateResult Success(CallerPrincipal caller) =>
        AuthenticateResult.Success(new AuthenticationTicket(caller, Scheme.Name));

    // RFC 9110, 11.1: a scheme's name is case-insensitive.
    private string? ReadHeader()
    {
        var header = Request.Headers.Authorization.ToString();
        return header.StartsWith($"{Bearer} ", StringComparison.OrdinalIgnoreCase)
            ? header[(Bearer.Length + 1)..].Trim()
            : null;
    }
}
