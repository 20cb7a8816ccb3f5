using Shop.AttackTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>Connections by the thousand that say nothing, on a host that may open few files.</summary>
public abstract class IdleConnectionTest(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    protected const int Connections = 2_000;

    private protected override int? MaximumOpenFiles => 1_024;

    private protected async Task<IdleConnections> WithstandAsync(int networks)
    {
        var idle = new IdleConnections(Host.Address);
        await WithstandAsync(ct => idle.RunAsync(Connections, networks, ct));
        Tell(idle);
        Assert.Equal(Connections, idle.Attempts);
        return idle;
    }
}

/// <summary>All from one network, which leaves room for new connections of others.</summary>
public sealed class IdleNetworkTests(AttackedShop shop, ITestOutputHelper output) : IdleConnectionTest(shop, output)
{
    private protected override bool BystanderReconnects => true;

    [Fact]
    [Trait(Slice.Name, Slice.EveryChange)]
    public async Task Idle_connections_of_one_network_leave_room_for_others()
    {
        using var idle = await WithstandAsync(networks: 1);
    }
}

/// <summary>All from networks of their own, which leaves the connections of before.</summary>
public sealed class IdleNetworksTests(AttackedShop shop, ITestOutputHelper output) : IdleConnectionTest(shop, output)
{
    [Fact]
    public async Task Idle_connections_of_many_networks_end_no_process_and_no_connection_of_before()
    {
        using var idle = await WithstandAsync(networks: Connections);
        Assert.InRange(idle.Held, MaximumOpenFiles!.Value / 4, MaximumOpenFiles.Value);
    }
}
