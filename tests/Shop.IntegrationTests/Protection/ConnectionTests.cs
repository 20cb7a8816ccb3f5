using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

/// <summary>Connections that do nothing, and more of them than the shop takes.</summary>
public sealed class ConnectionTests : ShopTest
{
    private const string PerNetwork = "Http:MaximumConnectionsPerNetwork";

    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Beyond_its_limit_a_network_is_closed_at_once_and_others_are_not()
    {
        await using var host = await StartHostAsync((PerNetwork, "3"));
        var shop = host.Client().Address;
        var idle = await OpenAsync(shop, 3);
        Assert.True(await RawConnection.IsRefusedAsync(shop));
        Assert.Equal(200, await StatusAsync(shop, from: "127.0.0.2"));

        // Those that are open are served, and a closed one makes room.
        await idle[0].SendAsync("GET", "/api/v1/products", []);
        Assert.Equal(200, (await idle[0].ReadAsync()).Status);
        idle[1].Dispose();
        await UntilServedAsync(shop);
        idle.ForEach(connection => connection.Dispose());
    }

    [Fact]
    public async Task A_known_proxy_has_no_limit_of_a_network()
    {
        await using var host = await StartHostAsync((PerNetwork, "1"), ("Http:KnownProxies", "127.0.0.1"));
        var shop = host.Client().Address;
        var idle = await OpenAsync(shop, 5);
        Assert.Equal(200, await StatusAsync(shop));
        idle.ForEach(connection => connection.Dispose());
    }

    [Fact]
    public async Task All_networks_together_have_a_limit()
    {
        await using var host = await StartHostAsync(("Http:MaximumConnections", "4"), (PerNetwork, "2"));
        var shop = host.Client().Address;
        var idle = await OpenAsync(shop, 2);
        idle.AddRange(await OpenAsync(shop, 2, from: "127.0.0.2"));
        Assert.True(await RawConnection.IsRefusedAsync(shop, from: "127.0.0.3"));
        idle.ForEach(connection => connection.Dispose());
        await UntilServedAsync(shop);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Idle_connections_do_not_use_up_the_files_of_a_process_that_may_open_few()
    {
        // Some 400 of them are the process's own.
        using var shop = await ShopProcess.StartAsync(Shop.ConnectionString, openFiles: 700);
        using var bystander = await RawConnection.OpenAsync(shop.Address, from: "127.0.0.2");
        Assert.Equal(200, await StatusAsync(bystander));

        var idle = new List<RawConnection>();
        for (var i = 0; i < 800; i++)
        {
            if (await TryOpenAsync(shop.Address, from: i % 2 == 0 ? "127.0.0.1" : "127.0.0.3") is { } connection)
                idle.Add(connection);
        }

        using var health = new HttpClient { BaseAddress = shop.Health };
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(200, await StatusAsync(bystander));
            using var ready = await health.GetAsync("/health/ready");
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        }

        Assert.InRange(idle.Count(connection => !connection.HasEnded), 100, 350);
        Assert.True(shop.IsRunning, shop.Log);
        Assert.DoesNotContain("Too many open files", shop.Log, StringComparison.Ordinal);
        idle.ForEach(connection => connection.Dispose());
        await UntilServedAsync(shop.Address);
    }

    private static async Task<RawConnection?> TryOpenAsync(Uri shop, string from)
    {
        try
        {
            return await RawConnection.OpenAsync(shop, from);
        }
        catch (SocketException closed) when (closed.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    private Task<ShopHost> StartHostAsync(params (string Name, string Value)[] settings) => ShopHost.StartAsync(
        Shop.ConnectionString, settings.ToDictionary(setting => setting.Name, setting => setting.Value));

    private static async Task<List<RawConnection>> OpenAsync(Uri shop, int count, string from = "127.0.0.1")
    {
        var connections = new List<RawConnection>();
        for (var i = 0; i < count; i++)
            connections.Add(await RawConnection.OpenAsync(shop, from));
        return connections;
    }

    private static async Task UntilServedAsync(Uri shop)
    {
        var waited = Stopwatch.StartNew();
        while (await StatusAsync(shop) != 200)
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, SoonEnough);
    }

    private static async Task<int?> StatusAsync(Uri shop, string from = "127.0.0.1")
    {
        try
        {
            using var connection = await RawConnection.OpenAsync(shop, from);
            return await StatusAsync(connection);
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            return null;
        }
    }

    private static async Task<int> StatusAsync(RawConnection connection)
    {
        await connection.SendAsync("GET", "/api/v1/products", []);
        return (await connection.ReadAsync()).Status;
    }
}
