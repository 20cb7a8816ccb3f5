using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Shop.Webhooks.Subscriptions;

namespace Shop.Webhooks.Deliveries;

/// <summary>
/// Inner networks are no place for a webhook: operators must not reach by it what only the shop's hosts can reach.
/// <c>Webhooks:AllowedNetworks</c> makes exceptions.
/// </summary>
internal sealed class InnerNetworks(IOptions<WebhooksOptions> options)
{
    // An unresolved name is not refused here; the connection resolves it again.
    private static readonly TimeSpan LookupTimeout = TimeSpan.FromSeconds(5);

    private static readonly IPNetwork[] Inner =
    [
        .. new[]
        {
            // "This" network, private ones, shared ones of carriers (CGNAT), loopback, link-local.
            "0.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
            "169.254.0.0/16",
            // Protocol assignments, benchmarks, multicast, reserved.
            "192.0.0.0/24", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
            // Unspecified, loopback, IPv4-compatible and IPv4-translated ones, discard, local NAT64, Teredo, ULA,
            // link-local, site-local, multicast.
            "::/96", "::ffff:0:0:0/96", "100::/64", "64:ff9b:1::/48", "2001::/32", "fc00::/7", "fe80::/10",
            "fec0::/10", "ff00::/8",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    private readonly IPNetwork[] allowed =
        [.. options.Value.AllowedNetworks.Select(network => IPNetwork.Parse(network))];

    /// <summary>Looks an address's host up, before a command.</summary>
    /// <param name="url">Of another form: a validator refuses it later.</param>
    /// <exception cref="ErrorException">422 <c>webhooks.inner_address</c>.</exception>
    public async Task ExpectOuterAsync(string? url, CancellationToken ct)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address)
            || address.DnsSafeHost.Length is 0 or > WebhookRules.HostLength)
            return;
        if ((await TryResolveAsync(address.DnsSafeHost, ct)).Any(IsInner))
            throw new ErrorException(WebhookErrors.InnerAddress.Of(address.DnsSafeHost));
    }

    public bool IsInner(IPAddress address)
    {
        var meant = Meant(address);
        return Array.Exists(Inner, network => network.Contains(meant))
            && !Array.Exists(allowed, network => network.Contains(meant));
    }

    // The IPv4 address that an IPv6 one stands for: a mapped one, or one behind NAT64 or 6to4.
    private static IPAddress Meant(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address))
            return new IPAddress(bytes.AsSpan(12, 4));
        return SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4)) : new IPAddress(bytes);
    }

    /// <summary>All addresses of a host; an address stands for itself.</summary>
    /// <exception cref="SocketException">The name is unknown.</exception>
    public static async Task<IPAddress[]> AddressesOfAsync(string host, CancellationToken ct) =>
        IPAddress.TryParse(host, out var address) ? [address] : await Dns.GetHostAddressesAsync(host, ct);

    private static async Task<IPAddress[]> TryResolveAsync(string host, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(LookupTimeout);
        try
        {
            return await AddressesOfAsync(host, limit.Token);
        }
        catch (Exception error) when (error is SocketException
            || (error is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return [];
        }
    }
}
