using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.IntegrationTests.Outbox;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Database;

public sealed class MigrationTests
{
    private const string ValidIndexes =
        "select count(*) from pg_index where indexrelid = 'probe.effects_by_stream'::regclass and indisvalid";

    [Fact]
    public async Task A_script_outside_a_transaction_runs_again_after_a_crash_half_way_however_many_hosts_start()
    {
        await using var first = await ProbeHost.StartAsync();
        Assert.Equal(1, await first.QueryAsync<long>(ValidIndexes));
        // As a crash leaves it: done in part, not recorded.
        await ExecuteAsync(first.ConnectionString, "delete from probe.migrations where number = 2");

        var hosts = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(_ => ProbeHost.StartAsync(first.ConnectionString)));
        foreach (var host in hosts)
            await host.DisposeAsync();
        Assert.Equal(1, await first.QueryAsync<long>(ValidIndexes));
        Assert.Equal(1, await first.QueryAsync<long>("select count(*) from probe.migrations where number = 2"));
    }

    [Fact]
    public async Task A_script_that_waits_for_a_table_lets_others_have_it_meanwhile()
    {
        await using var first = await ProbeHost.StartAsync();
        await ExecuteAsync(first.ConnectionString, "delete from probe.migrations where number = 9001");
        await using var reader = new NpgsqlConnection(first.ConnectionString);
        await reader.OpenAsync();
        await using var report = await reader.BeginTransactionAsync();
        await using (var read = new NpgsqlCommand("lock table probe.outbox in access share mode", reader))
            await read.ExecuteNonQueryAsync();

        var migrating = ProbeHost.StartAsync(first.ConnectionString);
        while (await first.QueryAsync<long>(
            "select count(*) from pg_locks where not granted and locktype = 'relation'") == 0)
            Assert.False(migrating.IsCompleted);
        await first.QueryAsync<long>("set lock_timeout = '10s'; select count(*) from probe.outbox");
        Assert.False(migrating.IsCompleted);

        await report.RollbackAsync();
        await (await migrating).DisposeAsync();
        Assert.Equal(1, await first.QueryAsync<long>("select count(*) from probe.migrations where number = 9001"));
    }

    [Fact]
    public void A_script_outside_a_transaction_is_split_at_the_semicolons_that_end_lines()
    {
        var script = new Migration(
            "probe", 7, "two", "-- no transaction\nselect ';' as a;\n\ncreate index concurrently b\n    on c (d);\n");
        Assert.False(script.InTransaction);
        Assert.Equal(
            ["select ';' as a", "create index concurrently b\n    on c (d)"],
            script.Statements().Select(statement => statement.TrimEnd(';')));
        Assert.True(new Migration("probe", 8, "one", "select 1;").InTransaction);
        Assert.Throws<InvalidOperationException>(
            () => new Migration("probe", 9, "body", "-- no transaction\ndo $$ begin end $$;\n").Statements());
    }

    [Fact]
    public async Task A_host_that_is_not_to_migrate_refuses_a_database_that_nobody_has_migrated()
    {
        var database = await TestDatabases.CreateEmptyAsync();
        var (exitCode, line) = await FailingStart.OfAsync(database, ("Database:MigrateOnStart", "false"));
        Assert.Equal(69, exitCode);
        Assert.Contains("verb migrate", line, StringComparison.Ordinal);
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
