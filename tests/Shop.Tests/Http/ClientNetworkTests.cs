using System.Net;
using Microsoft.AspNetCore.Http;
using Shop.BuildingBlocks.Http;
using Xunit;

namespace Shop.Tests.Http;

public sealed class ClientNetworkTests
{
    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:2:2::1", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData("::192.0.2.1", "192.0.2.1", false)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("fe80::1%1", "fe80::2%2", true)]
    [InlineData("::", "0.0.0.0", false)]
    public void An_ipv4_address_or_an_ipv6_64_is_one_network(string one, string other, bool same) =>
        AssertEqual(same, Of(one), Of(other));

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:ffff::1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:2:2::1", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    public void An_ipv4_address_or_an_ipv6_48_is_one_site(string one, string other, bool same) =>
        AssertEqual(same, Of(one).Site, Of(other).Site);

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", "192.0.2.1")]
    [InlineData("255.255.255.255", "255.255.255.255", "255.255.255.255")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48")]
    [InlineData("::1", "::/64", "::/48")]
    public void A_network_is_written_as_its_prefix(string address, string network, string site)
    {
        Assert.Equal(network, Of(address).ToString());
        Assert.Equal(site, Of(address).Site.ToString());
        Assert.Equal(site, Of(address).Site.Site.ToString());
    }

    [Fact]
    public void A_host_network_is_not_its_site() => Assert.True(Of("2001:db8:1::1") != Of("2001:db8:1::1").Site);

    [Fact]
    public void A_request_comes_from_its_connections_network()
    {
        var http = new DefaultHttpContext();
        Assert.Equal("unknown", ClientNetwork.Of(http).ToString());
        Assert.True(ClientNetwork.Of(http) == default);
        http.Connection.RemoteIpAddress = IPAddress.Parse("2001:db8::1");
        Assert.True(ClientNetwork.Of(http) == Of("2001:db8::2"));
    }

    private static ClientNetwork Of(string address) => ClientNetwork.Of(IPAddress.Parse(address));

    private static void AssertEqual(bool same, ClientNetwork one, ClientNetwork other)
    {
        Assert.Equal(same, one == other);
        Assert.Equal(same, one.Equals((object)other));
        Assert.Equal(same, one.GetHashCode() == other.GetHashCode());
    }
}
