using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Caching.Memory;

namespace Shop.Identity.Sessions;

/// <summary>
/// Access tokens that were read a moment ago need not be decrypted again. Whether one is too old is looked at each time, by who asks; a key that is revoked ends
/// its tokens within <see cref="Lifetime"/>.
/// </summary>
internal sealed class KnownTokens(ISecureDataFormat<AuthenticationTicket> protector) : ISecureDataFormat<AuthenticationTicket>, IDisposable
{
    private const int Places = 10_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly MemoryCache tickets = new(new MemoryCacheOptions { SizeLimit = Places });

    public string Protect(AuthenticationTicket data) => protector.Protect(data);

    public string Protect(AuthenticationTicket data, string? purpose) => protector.Protect(data, purpose);

    public AuthenticationTicket? Unprotect(string? protectedText) => Unprotect(protectedText, purpose: null);

    public AuthenticationTicket? Unprotect(string? protectedText, string? purpose)
    {
        // Every token of ours is read without a purpose.
        if (protectedText is null || purpose is not null)
            return protector.Unprotect(protectedText, purpose);
        if (tickets.TryGetValue(protectedText, out AuthenticationTicket? known))
            return known;
        // What is no token of ours is not remembered: anybody can send as many as they like.
        if (protector.Unprotect(protectedText) is { } ticket)
            return tickets.Set(protectedText, ticket, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Lifetime });
        return null;
    }

    public void Dispose() => tickets.Dispose();
}
