using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Host.CommandLine;
using Shop.Identity.Activities;
using Shop.IntegrationTests.Operations;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Orders;
using Xunit;

namespace Shop.IntegrationTests.Database;

/// <summary>
/// The shop under <c>database/roles.sql</c>: one role migrates, the other runs and may only read and write rows.
/// </summary>
public sealed class RoleTests : ShopTest
{
    [Fact]
    public async Task All_that_the_shop_does_it_does_without_rights_on_its_schemas()
    {
        foreach (var statement in (string[])
        [
            "create table wallet.mine ()",
            "create schema mine",
            "drop table wallet.ledger",
            "truncate wallet.ledger",
            "create temp table mine ()",
        ])
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await SqlStateOfAsync(statement));

        await new BusyShop(Shop, Admin, SignUpAsync).FillAsync();
        await Shop.DeliverEventsAsync();
        await Shop.DeliverToPlatformAsync();
        await Shop.Services.GetRequiredService<ExpireOrders>().RunOnceAsync(CancellationToken.None);
        (await Admin.PostAsync("/admin/ranking/recompute")).Expect(HttpStatusCode.OK);
        Assert.True((await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK)["consistent"].GetBoolean());
        (await Admin.GetAsync("//health/ready")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_running_role_adds_to_the_history_and_changes_none_of_it()
    {
        await CreateProductAsync();
        await SignUpAsync(balance: 5_000);
        string[] tables =
        [
            "wallet.ledger", "identity.activity", "shop.migrations", "identity.migrations", "ordering.migrations",
        ];
        foreach (var table in tables)
        {
            Assert.True(await Shop.QueryAsync<long>($"select count(*) from {table}") > 0, table);
            var column = table.EndsWith("migrations", StringComparison.Ordinal) ? "name"
                : table == "wallet.ledger" ? "type" : "action";
            foreach (var statement in (string[])
            [
                $"update {table} set {column} = 'x'", $"delete from {table}", $"truncate {table}",
                $"alter table {table} add column mine int",
            ])
                Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await SqlStateOfAsync(statement));

            Assert.False(
                await Shop.QueryAsync<bool>($"select has_table_privilege('{table}', 'UPDATE, DELETE, TRUNCATE')"));
        }

        // The owner's functions alone change activity.
        await Shop.ExecuteAsync("select identity.blank_activity_addresses_of(1)");
        Assert.Equal(
            0, await Shop.QueryAsync<long>("select count(*) from identity.activity where address is not null"));
        Assert.Equal(0, await Shop.Services.GetRequiredService<ClearActivity>().RunOnceAsync(CancellationToken.None));
    }

    private protected override async Task<ShopHost> StartAsync()
    {
        var roles = await TestRoles.CreateAsync();
        Assert.Equal(0, await MigrateAsync(roles.Owner));
        var settings = new Dictionary<string, string> { ["Database:MigrateOnStart"] = "false" };
        return await ShopHost.StartAsync(roles.Running, settings);
    }

    private static async Task<int> MigrateAsync(string connectionString)
    {
        using var program = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                "exec",
                typeof(Verbs).Assembly.Location,
                "migrate",
                $"--ConnectionStrings:Shop={connectionString}",
                "--environment=Production",
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.Contains("wallet/0001_wallets", output, StringComparison.Ordinal);
        return program.ExitCode;
    }

    private async Task<string?> SqlStateOfAsync(string statement)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(Shop.ConnectionString, statement));
        return error.SqlState;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
