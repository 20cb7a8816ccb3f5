using System.Net;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Http;

public sealed class StartTests
{
    [Fact]
    public async Task Five_hosts_starting_at_once_on_an_empty_database_migrate_it_once()
    {
        var database = await TestDatabases.CreateEmptyAsync();
        var hosts = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ShopHost.StartAsync(database)));

        foreach (var host in hosts)
            (await host.Client().GetAsync("//health/ready")).Expect(HttpStatusCode.OK);
        Assert.Equal(1, await hosts[0].QueryAsync<long>("select count(*) from identity.users where role = 'ADMIN'"));
        Assert.Equal(1, await hosts[0].QueryAsync<long>("select count(*) from wallet.migrations where number = 1"));
        foreach (var host in hosts)
            await host.DisposeAsync();
    }

    [Fact]
    public async Task A_host_waits_for_the_migrations_of_another_however_long_a_request_may_take()
    {
        var database = await TestDatabases.CreateAsync();
        await using var other = new NpgsqlConnection(database);
        await other.OpenAsync();
        await ExecuteAsync("select pg_advisory_lock(x'73686F70'::bigint)");
        var starting = ShopHost.StartAsync($"{database};Command Timeout=1");
        await ExecuteAsync("select pg_sleep(1.5) from generate_series(1, 2)");
        Assert.False(starting.IsCompleted);
        await ExecuteAsync("select pg_advisory_unlock(x'73686F70'::bigint)");

        await using var host = await starting;
        (await host.Client().GetAsync("//health/ready")).Expect(HttpStatusCode.OK);

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, other);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task A_migration_that_was_changed_after_it_was_applied_stops_the_host()
    {
        var database = await TestDatabases.CreateAsync();
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var tamper = new NpgsqlCommand(
                "update wallet.migrations set sha256 = 'another' where number = 1", connection);
            Assert.Equal(1, await tamper.ExecuteNonQueryAsync());
        }

        var (exitCode, line) = await FailingStart.OfAsync(database);
        Assert.Equal(78, exitCode);
        Assert.Contains("wallet/0001_wallets", line, StringComparison.Ordinal);
    }
}
