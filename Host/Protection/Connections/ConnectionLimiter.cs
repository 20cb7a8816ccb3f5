using System.Net;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Http;
using Shop.Host.Protection.Networks;

namespace Shop.Host.Protection.Connections;

/// <summary>
/// Limits of open connections over all listeners: in total, which the limit of open files bounds too, and for each
/// network. Known proxies have the total alone.
/// </summary>
internal sealed class ConnectionLimiter
{
    // Files that stay free, half of them where there are few: assemblies that are loaded later take some forty, the
    // data platform one for each call, health 64.
    private const int LeastSpareFiles = 64;
    private const int SpareFiles = 256;

    private readonly KnownProxies proxies;
    private readonly NetworkLimiter networks;
    private readonly int maximum;
    private int open;

    public ConnectionLimiter(
        IOptions<HttpOptions> options, NpgsqlDataSource source, KnownProxies proxies, ILogger<ConnectionLimiter> log)
    {
        this.proxies = proxies;
        var pool = new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxPoolSize;
        maximum = options.Value.MaximumConnections;
        if (OpenFiles.Limit() is { } files)
            maximum = MaximumOf(maximum, files - OpenFiles.Count() - pool);
        networks = new NetworkLimiter(options.Value.MaximumConnectionsPerNetwork ?? Math.Max(1, maximum / 2));
        if (maximum < options.Value.MaximumConnections)
            log.LogInformation(
                "With {Files} open files (RLIMIT_NOFILE) {Connections} connections are taken, not {Configured}",
                OpenFiles.Limit(), maximum, options.Value.MaximumConnections);
    }

    /// <summary>As many as are configured, where files are left for them besides the spare ones.</summary>
    internal static int MaximumOf(int configured, long freeFiles) =>
        (int)Math.Clamp(freeFiles - Math.Clamp(freeFiles / 2, LeastSpareFiles, SpareFiles), 1, configured);

    public bool TryOpen(EndPoint? client)
    {
        if (Interlocked.Increment(ref open) <= maximum
            && (NetworkOf(client) is not { } network || networks.TryAcquire(network)))
            return true;
        Interlocked.Decrement(ref open);
        return false;
    }

    public void Close(EndPoint? client)
    {
        Interlocked.Decrement(ref open);
        if (NetworkOf(client) is { } network)
            networks.Release(network);
    }

    // A Unix socket has no network.
    private ClientNetwork? NetworkOf(EndPoint? client) =>
        client is IPEndPoint { Address: var address } && !proxies.Contains(address) ? ClientNetwork.Of(address) : null;
}
