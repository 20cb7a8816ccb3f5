using System.Net;
using System.Net.Sockets;

namespace Shop.Host.Protection.Networks;

/// <summary>The entries of <c>Http:KnownProxies</c>.</summary>
internal static class ProxyText
{
    /// <summary>Whether it is an IP address or a network in CIDR notation, IPv4 with all four of its numbers.</summary>
    public static bool IsValid(string proxy)
    {
        var slash = proxy.IndexOf('/', StringComparison.Ordinal);
        return slash < 0
            ? IsAddress(proxy)
            : IsAddress(proxy[..slash]) && System.Net.IPNetwork.TryParse(proxy, out _);
    }

    // inet_aton reads 10 as 0.0.0.10, 10.1 as 10.0.0.1 and 010 as 8: only the canonical form means what it says.
    private static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out var address)
        && (address.AddressFamily != AddressFamily.InterNetwork || address.ToString() == text);
}
