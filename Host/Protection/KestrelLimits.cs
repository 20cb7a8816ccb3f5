using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Shop.Host.Protection;

/// <summary>Limits of Kestrel, which hold before any code of ours runs.</summary>
internal static class KestrelLimits
{
    public static void Apply(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        ApplyToRequests(kestrel.Limits);
        ApplyToConnections(kestrel.Limits);
        ApplyToHttp2(kestrel.Limits.Http2);
    }

    private static void ApplyToRequests(KestrelServerLimits limits)
    {
        // An order of 50 lines is 3 KiB, an access token half of one.
        limits.MaxRequestBodySize = 64 * 1024;
        // Kestrel's read buffer for one connection: a request, and those pipelined behind it.
        limits.MaxRequestBufferSize = 128 * 1024;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;

        // A client that sends or reads byte by byte would hold a connection for nothing. The grace period is for a
        // phone in a tunnel.
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        // Kestrel measures an answer only while it does not fit into its buffer of 64 KiB. Each part that it then waits
        // for has the grace, so 7 KiB a second are enough. The rate bounds the credit for what the kernel took before.
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 256 * 1024, gracePeriod: TimeSpan.FromSeconds(5));
    }

    private static void ApplyToConnections(KestrelServerLimits limits)
    {
        // ConnectionLimiter limits how many are open, over all listeners: the server's own limit holds for each.
        // The shop upgrades to nothing: no WebSockets.
        limits.MaxConcurrentUpgradedConnections = 0;
        // Longer than the idle time of the usual proxies in front (60 s), so that it is they who close, and never on a
        // request under way.
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
    }

    private static void ApplyToHttp2(Http2Limits http2)
    {
        // The least that RFC 9113 recommends; one connection is not to be worth more.
        http2.MaxStreamsPerConnection = 100;
        http2.MaxRequestHeaderFieldSize = 8 * 1024;
        // Finds connections whose other end is gone without a word, streams above all.
        http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }
}
