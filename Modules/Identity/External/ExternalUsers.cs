using Microsoft.Extensions.Caching.Memory;
using Shop.BuildingBlocks.Concurrency;
using Shop.Identity.Access;

namespace Shop.Identity.External;

/// <summary>
/// Users by the identities that the provider's tokens name. One that was read is used for minutes, as long as the
/// host's <see cref="AccessSnapshot"/> has no later end of the user's sessions; others are looked up a few at a time.
/// </summary>
internal sealed class ExternalUsers : IDisposable
{
    /// <summary>
    /// How far back a snapshot has ends of sessions: longer than an entry lives, whose read may be late.
    /// </summary>
    public static readonly TimeSpan KeepEndings = TimeSpan.FromMinutes(10);

    private const int Places = 10_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = Places });
    private readonly FairConcurrencyLimiter<ClientNetwork> limiter = new(permitLimit: 4, queueLimit: 1_024);

    /// <returns>Null where the token is nobody's.</returns>
    /// <exception cref="ErrorException">
    /// 401 <c>identity.external_profile</c>, 403 <c>identity.email_unverified</c>; too many wait: 429 for a network
    /// with others in the queue, else 503.
    /// </exception>
    public async Task<ExternalUser?> FindAsync(ExternalToken token, AccessSnapshot snapshot, HttpContext http)
    {
        var (key, ct) = ((token.Issuer, token.Subject), http.RequestAborted);
        if (cache.TryGetValue(key, out ExternalUser? known) && snapshot.IsCurrent(known!))
            return known;
        var (result, permit) = await limiter.AcquireAsync(ClientNetwork.Of(http).Site, ct);
        using var held = permit ?? throw new ErrorException(result == WaitResult.FlowFull
            ? HttpErrors.RateLimited.Of("Too many sign-ins from this network at once. Try again shortly.")
            : CommandErrors.Unavailable.Of("Too many sign-ins at once. Try again shortly."));
        var mediator = http.RequestServices.GetRequiredService<IMediator>();
        var user = await mediator.Send(new FindExternalUser(token.Issuer, token.Subject), ct)
            ?? await mediator.Send(new EnterExternalUser(token), ct);
        if (user is { IsActive: true })
            cache.Set(key, user, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Lifetime });
        else
            cache.Remove(key);
        return user;
    }

    public void Dispose() => cache.Dispose();
}
