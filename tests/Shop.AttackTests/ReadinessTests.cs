using System.Diagnostics;
using Npgsql;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>A host whose connections are all taken is busy, not broken.</summary>
public sealed class ReadinessTests(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    private const int PoolSize = 4;
    private const int Probes = 6;

    private static readonly TimeSpan Maximum = TimeSpan.FromSeconds(1);

    private protected override Dictionary<string, string> Settings => new()
    {
        ["ConnectionStrings:Shop"] = $"{Shop.ConnectionString};Maximum Pool Size={PoolSize}",
    };

    [Fact]
    public async Task A_host_whose_pool_is_taken_is_ready()
    {
        // Several, since one customer gets a part of the pool alone.
        var customers = new List<Customer>();
        while (customers.Count < PoolSize * 2)
            customers.Add(await Shop.CustomerAsync(Host));
        using var prober = Network.Client(Host.Address, Network.Number(1));
        using var over = new CancellationTokenSource();

        await using var holder = await HoldOrdersAsync();
        var attacking = Load.RunAsync(
            perSecond: 200,
            atOnce: 40,
            number => ReadOrdersAsync(number, customers[number % customers.Count]),
            over.Token);
        await UntilPoolIsTakenAsync();

        var probes = new Tally();
        for (var probe = 0; probe < Probes; probe++)
        {
            var since = Stopwatch.StartNew();
            using var answer = await prober.GetAsync("/health/ready");
            probes.Count((int)answer.StatusCode);
            Assert.True(since.Elapsed < Maximum, $"probe {probe} took {since.Elapsed}");
        }

        await UntilPoolIsTakenAsync();
        await over.CancelAsync();
        await holder.DisposeAsync();
        Tell($"probes: {probes}; attack: {await attacking}");
        Assert.True(Host.Surviving());
        Assert.Equal(Probes, probes[200]);
    }

    // Two kinds of queries, since each gets half of the pool.
    private Task<int> ReadOrdersAsync(int number, Customer customer) => Attacker.SendAsync(
        HttpMethod.Get,
        number % 2 == 0 ? $"/users/{customer.UserId}/orders" : $"/orders/{Guid.CreateVersion7()}",
        customer: customer);

    private async Task<NpgsqlConnection> HoldOrdersAsync()
    {
        var connection = new NpgsqlConnection($"{Shop.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "begin; lock table ordering.orders in access exclusive mode";
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private async Task UntilPoolIsTakenAsync()
    {
        const string Waiters = """
            select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
            """;
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (await Shop.QueryAsync<long>(Waiters) < PoolSize)
            timeout.Token.ThrowIfCancellationRequested();
    }
}
