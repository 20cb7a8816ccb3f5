using System.Net;
using System.Net.Sockets;

namespace Shop.Webhooks.Deliveries;

/// <summary>
/// The HTTP client of all webhooks. A connection goes to an address that was checked, or nowhere: a name may answer
/// otherwise than when the webhook was made. No redirects, no proxy, no cookies.
/// </summary>
internal sealed class WebhookClient : IDisposable
{
    private const int DrainedBytes = 64 * 1024;

    private readonly InnerNetworks networks;

    public WebhookClient(InnerNetworks networks)
    {
        this.networks = networks;
        Http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = ConnectAsync,
            MaxResponseDrainSize = DrainedBytes,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        })
        {
            // The receiver has the only one.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public HttpClient Http { get; }

    public void Dispose() => Http.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = await InnerNetworks.AddressesOfAsync(host, ct);
        if (addresses.Length == 0 || addresses.Any(networks.IsInner))
            throw new HttpRequestException($"{host} is in an inner network.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
