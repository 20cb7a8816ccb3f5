using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Http;
using Shop.Host.Protection.Networks;

namespace Shop.Host.Protection.Bodies;

/// <summary>
/// Concurrency limit for each network, over request bodies that are still arriving
/// (<c>RateLimiting:UnfinishedBodies</c>).
/// </summary>
internal sealed class UnfinishedBodies(IOptions<RateLimitingOptions> options, KnownProxies proxies)
{
    private readonly NetworkLimiter limiter = new(options.Value.UnfinishedBodies);

    /// <returns>To be disposed of when the body has arrived; null where the network has too many.</returns>
    public IDisposable? TryAcquire(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress;
        if (!options.Value.Enabled || proxies.Contains(address))
            return Lease.Unlimited;
        var network = ClientNetwork.Of(address);
        return limiter.TryAcquire(network) ? new Lease(limiter, network) : null;
    }

    private sealed class Lease(NetworkLimiter? limiter, ClientNetwork network) : IDisposable
    {
        public static readonly Lease Unlimited = new(null, default);

        public void Dispose() => limiter?.Release(network);
    }
}
