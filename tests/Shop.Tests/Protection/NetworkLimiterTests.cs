using System.Net;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Http;
using Shop.Host.Protection;
using Shop.Host.Protection.Networks;
using Xunit;

namespace Shop.Tests.Protection;

public sealed class NetworkLimiterTests
{
    [Fact]
    public void Each_network_has_its_own_limit_and_gets_back_what_it_releases()
    {
        var limiter = new NetworkLimiter(limit: 2);
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => limiter.TryAcquire(Of("192.0.2.1"))));
        Assert.True(limiter.TryAcquire(Of("192.0.2.2")));
        limiter.Release(Of("192.0.2.1"));
        Assert.True(limiter.TryAcquire(Of("192.0.2.1")));
        Assert.False(limiter.TryAcquire(Of("192.0.2.1")));
    }

    [Fact]
    public void Many_threads_never_hold_more_than_the_limit()
    {
        var limiter = new NetworkLimiter(limit: 3);
        var (held, acquired) = (0, 0);
        Parallel.For(0, 16, _ =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                if (!limiter.TryAcquire(Of("192.0.2.1")))
                    continue;
                Assert.InRange(Interlocked.Increment(ref held), 1, 3);
                Interlocked.Increment(ref acquired);
                Interlocked.Decrement(ref held);
                limiter.Release(Of("192.0.2.1"));
            }
        });
        Assert.True(acquired > 3);
        var free = Enumerable.Range(0, 4).Select(_ => limiter.TryAcquire(Of("192.0.2.1")));
        Assert.Equal([true, true, true, false], free);
    }

    [Theory]
    [InlineData("192.0.2.7", true)]
    [InlineData("::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.8", false)]
    [InlineData("10.200.0.1", true)]
    [InlineData("::ffff:10.200.0.1", true)]
    [InlineData("2001:db8::5", true)]
    [InlineData("2001:db9::5", false)]
    public void Proxies_are_known_by_address_and_by_network(string address, bool isKnown)
    {
        var http = new HttpOptions { KnownProxies = ["192.0.2.7", "10.0.0.0/8", "2001:db8::/32"] };
        Assert.Equal(isKnown, new KnownProxies(Options.Create(http)).Contains(IPAddress.Parse(address)));
    }

    [Fact]
    public void Where_no_proxy_is_configured_none_is_known()
    {
        var none = new KnownProxies(Options.Create(new HttpOptions()));
        Assert.False(none.Contains(IPAddress.Loopback));
        Assert.False(none.Contains(null));
    }

    private static ClientNetwork Of(string address) => ClientNetwork.Of(IPAddress.Parse(address));
}
