using System.Net;
using Microsoft.Extensions.Options;

namespace Shop.Host.Protection.Networks;

/// <summary>
/// The proxies of <c>Http:KnownProxies</c>. Limits for a network do not hold for them: each stands for many clients.
/// </summary>
internal sealed class KnownProxies
{
    private readonly List<IPNetwork> networks;

    public KnownProxies(IOptions<HttpOptions> http) => networks =
    [
        .. http.Value.KnownProxies.Select(proxy => IPAddress.TryParse(proxy, out var address)
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : IPNetwork.Parse(proxy)),
    ];

    public bool Contains(IPAddress? address)
    {
        if (address is null || networks.Count == 0)
            return false;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return networks.Exists(network => network.Contains(plain));
    }
}
