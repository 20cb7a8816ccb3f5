using Shop.BuildingBlocks.Concurrency;

namespace Shop.Identity.Users;

/// <summary>
/// Concurrency limiter of all requests that hash a password, with a bounded queue that is fair between sites: an IPv4
/// address, an IPv6 /48. A site's flood delays another's sign-in by one turn and takes the room of none.
/// </summary>
internal sealed class PasswordLimiter(PasswordLimits limits)
{
    private readonly FairConcurrencyLimiter<ClientNetwork> limiter = new(limits.Requests, limits.QueueLength);

    /// <summary>
    /// Waits for a permit, to be disposed of when the request needs neither a password hash nor the database any more.
    /// </summary>
    /// <exception cref="ErrorException">
    /// The queue is full: 429 <c>rate_limited</c> where other requests of the site are in it, else 503
    /// <c>unavailable</c>.
    /// </exception>
    public async Task<IDisposable> AcquireAsync(ClientNetwork network, CancellationToken ct)
    {
        var (result, permit) = await limiter.AcquireAsync(network.Site, ct);
        return permit ?? throw new ErrorException(result == WaitResult.FlowFull
            ? HttpErrors.RateLimited.Of("Too many sign-ins from this network at once. Try again shortly.")
            : CommandErrors.Unavailable.Of("Too many sign-ins at once. Try again shortly."));
    }
}
