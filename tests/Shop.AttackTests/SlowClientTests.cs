using System.Net;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>Clients that send or read at 300 bytes a second.</summary>
public sealed class SlowClientTests(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    private const int Connections = 130;

    // Bodies have five seconds.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(7);

    [Fact]
    [Trait(Slice.Name, Slice.EveryChange)]
    public Task Slow_bodies_of_many_networks_hold_nobody_up() => SendSlowBodiesAsync(networks: Connections);

    [Fact]
    public Task Slow_bodies_of_one_network_hold_nobody_up() => SendSlowBodiesAsync(networks: 1);

    [Fact]
    public async Task Slow_readers_of_large_answers_hold_nobody_up()
    {
        using var readers = new SlowReaders(Host.Address, "/api/v1/products?limit=100");

        await WithstandAsync(ct => readers.RunAsync(Places(networks: 13), ct));

        Tell(readers);
        Assert.True(readers.Answered >= Connections * 9 / 10 && readers.Unread >= Connections / 2, $"{readers}");
    }

    private async Task SendSlowBodiesAsync(int networks)
    {
        using var bodies = new SlowBodies(Host.Address);

        await WithstandAsync(ct => bodies.RunAsync(Places(networks), ct), Duration);

        Tell(bodies);
        var sent = bodies.Sent / SlowBodies.BytesPerSecond;
        Assert.True(bodies.Opened >= Connections && sent >= 2 * Connections, $"{bodies}");
        // 408 after five seconds, and 429 where one network has too many that are unfinished.
        Assert.All(bodies.Answers.Keys, status => Assert.True(status is 408 or 429, $"{bodies}"));
        Assert.Equal(networks == 1, bodies.Answers.ContainsKey(429));
        Assert.True(bodies.Answers.ContainsKey(408), $"{bodies}");
    }

    private static IPAddress[] Places(int networks) =>
        [.. Enumerable.Range(0, Connections).Select(i => Network.Number(i % networks))];
}
