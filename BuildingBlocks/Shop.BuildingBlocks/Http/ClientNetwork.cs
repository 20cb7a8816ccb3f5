using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// The network of a client, for limits: an IPv4 address or an IPv6 prefix. A single IPv6 host has a whole /64 of
/// addresses, so a limit for each address would not limit it.
/// </summary>
/// <remarks>The default value stands for an unknown network, such as that of a connection without an address.</remarks>
[StructLayout(LayoutKind.Auto)]
public readonly struct ClientNetwork : IEquatable<ClientNetwork>
{
    private const int AddressBytes = 16;
    private const int HostPrefix = 64;
    private const int SitePrefix = 48;

    private readonly ulong bits;
    private readonly Form form;

    private ClientNetwork(Form form, ulong bits)
    {
        this.form = form;
        this.bits = bits;
    }

    private enum Form : byte
    {
        Unknown,
        IPv4,
        IPv6Host,
        IPv6Site,
    }

    /// <summary>
    /// The network that an address lies in. An IPv4-mapped IPv6 address (<c>::ffff:192.0.2.1</c>) is the IPv4 address.
    /// </summary>
    public static ClientNetwork Of(IPAddress? address)
    {
        if (address is null)
            return default;
        Span<byte> bytes = stackalloc byte[AddressBytes];
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return new ClientNetwork(Form.IPv4, BinaryPrimitives.ReadUInt32BigEndian(bytes));
        return address.IsIPv4MappedToIPv6
            ? new ClientNetwork(Form.IPv4, BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]))
            : new ClientNetwork(Form.IPv6Host, BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    /// <summary>The network that a request comes from, behind known proxies too.</summary>
    public static ClientNetwork Of(HttpContext http) => Of(http.Connection.RemoteIpAddress);

    /// <summary>The address that a request comes from, as text; null for a connection without one.</summary>
    public static string? AddressOf(HttpContext http) => http.Connection.RemoteIpAddress switch
    {
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address?.ToString(),
    };

    /// <summary>Lets an endpoint take the network of its client as a parameter.</summary>
    public static ValueTask<ClientNetwork> BindAsync(HttpContext http) => ValueTask.FromResult(Of(http));

    /// <summary>The network of the whole site: the /48 of an IPv6 network, and an IPv4 address as it is.</summary>
    public ClientNetwork Site => form == Form.IPv6Host
        ? new ClientNetwork(Form.IPv6Site, bits >> (HostPrefix - SitePrefix) << (HostPrefix - SitePrefix))
        : this;

    public static bool operator ==(ClientNetwork left, ClientNetwork right) => left.Equals(right);

    public static bool operator !=(ClientNetwork left, ClientNetwork right) => !left.Equals(right);

    public bool Equals(ClientNetwork other) => form == other.form && bits == other.bits;

    public override bool Equals(object? obj) => obj is ClientNetwork other && Equals(other);

    /// <summary>
    /// Keyed with a secret of the process (Marvin): clients with many networks cannot choose ones that collide.
    /// </summary>
    public override int GetHashCode()
    {
        ReadOnlySpan<ulong> key = [(ulong)form, bits];
        return string.GetHashCode(MemoryMarshal.Cast<ulong, char>(key), StringComparison.Ordinal);
    }

    /// <summary><c>192.0.2.1</c>, <c>2001:db8:1:2::/64</c>, <c>2001:db8:1::/48</c> or <c>unknown</c>.</summary>
    public override string ToString() => form switch
    {
        Form.IPv4 => new IPAddress(BytesOf(bits << 32)[..4]).ToString(),
        Form.IPv6Host => $"{new IPAddress(BytesOf(bits))}/{HostPrefix}",
        Form.IPv6Site => $"{new IPAddress(BytesOf(bits))}/{SitePrefix}",
        _ => "unknown",
    };

    private static byte[] BytesOf(ulong prefix)
    {
        var bytes = new byte[AddressBytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, prefix);
        return bytes;
    }
}
