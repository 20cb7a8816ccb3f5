using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.Host.CommandLine;
using Shop.IntegrationTests.Operations;
using Shop.IntegrationTests.Outbox;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Database;

/// <summary>Hosts behind pgbouncer in transaction mode, where a session is theirs for a transaction.</summary>
public sealed class PoolerTests
{
    private const string SettingsHeld = """
        select string_agg(current_setting(name), ' ' order by place)
        from unnest(array[
            'idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout',
            'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_material', 'jit'])
            with ordinality as s (name, place)
        """;

    private const string SettingsWanted = "3s 2s 15s off off off off off";

    private const string SessionLocks = """
        select count(*) from pg_locks
        where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
        """;

    private static readonly Dictionary<string, string> MigratedByOthers =
        new() { ["Database:MigrateOnStart"] = "false" };

    [PgBouncerFact]
    public async Task Three_hosts_starting_at_once_on_an_empty_database_migrate_it_once_and_leave_nothing_in_the_pool()
    {
        var database = await TestDatabases.CreateEmptyAsync();
        await using var bouncer = await PgBouncer.StartAsync(database);
        var hosts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ShopHost.StartAsync(bouncer.To(database))));

        foreach (var host in hosts)
            (await host.Client().GetAsync("//health/ready")).Expect(HttpStatusCode.OK);
        Assert.Equal(1, await hosts[0].QueryAsync<long>("select count(*) from identity.users where role = 'ADMIN'"));
        Assert.Equal(1, await hosts[0].QueryAsync<long>("select count(*) from wallet.migrations where number = 1"));
        Assert.Equal(0, await hosts[0].QueryAsync<long>(SessionLocks));
        await AssertSettingsHoldAsync(bouncer.To(database), sessions: 15);
        foreach (var host in hosts)
            await host.DisposeAsync();
    }

    [PgBouncerFact]
    public async Task A_script_outside_a_transaction_runs_once_through_it_however_many_hosts_start()
    {
        var database = await TestDatabases.CreateEmptyAsync();
        await using var bouncer = await PgBouncer.StartAsync(database);
        var hosts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ProbeHost.StartAsync(bouncer.To(database))));

        Assert.True(await hosts[0].QueryAsync<bool>(
            "select indisvalid from pg_index where indexrelid = 'probe.effects_by_stream'::regclass"));
        Assert.Equal(1, await hosts[0].QueryAsync<long>("select count(*) from probe.migrations where number = 2"));
        foreach (var host in hosts)
            await host.DisposeAsync();
    }

    [PgBouncerFact]
    public async Task Sessions_that_it_opened_before_the_first_host_came_have_the_settings_too()
    {
        var database = await TestDatabases.CreateAsync();
        await using var bouncer = await PgBouncer.StartAsync(database);
        var before = await SettingsAsync(bouncer.To(database), sessions: 4);
        Assert.All(before, held => Assert.StartsWith("0 0 0 ", held, StringComparison.Ordinal));

        await using var host = await ShopHost.StartAsync(bouncer.To(database));
        await AssertSettingsHoldAsync(bouncer.To(database), sessions: 15);
    }

    [PgBouncerFact]
    public async Task A_limit_in_the_connection_strings_options_wins_there_as_well()
    {
        var database = await TestDatabases.CreateAsync();
        await using var bouncer = await PgBouncer.StartAsync(database);
        await using var host = await ShopHost.StartAsync($"{bouncer.To(database)};Options=-c lock_timeout=1500");
        var held = await SettingsAsync(bouncer.To(database), sessions: 5);
        Assert.Equal([SettingsWanted.Replace("2s", "1500ms", StringComparison.Ordinal)], held.Distinct());
    }

    [PgBouncerFact]
    public async Task A_host_that_prepares_statements_says_at_its_start_that_it_can_not()
    {
        var database = await TestDatabases.CreateAsync();
        await using var bouncer = await PgBouncer.StartAsync(database);
        var preparing = new NpgsqlConnectionStringBuilder(bouncer.To(database)) { MaxAutoPrepare = 20 };
        var (exitCode, line) = await FailingStart.OfAsync(preparing.ConnectionString);
        Assert.Equal((ExitCode.Configuration, PreparedStatements.Advice), (exitCode, line));
    }

    [PgBouncerFact]
    public async Task Migrations_take_their_own_way_where_one_is_named()
    {
        var roles = await TestRoles.CreateAsync();
        await using var bouncer = await PgBouncer.StartAsync(roles.Running);
        var settings = new Dictionary<string, string> { ["ConnectionStrings:Migrations"] = roles.Owner };
        await using var host = await ShopHost.StartAsync(bouncer.To(roles.Running), settings);
        (await host.Client().GetAsync("//health/ready")).Expect(HttpStatusCode.OK);
        var owner = await host.QueryAsync<string>(
            "select relowner::regrole::text from pg_class where oid = 'wallet.ledger'::regclass");
        Assert.EndsWith("_owner", owner, StringComparison.Ordinal);
        await AssertSettingsHoldAsync(bouncer.To(roles.Running), sessions: 5);
    }

    [PgBouncerFact]
    public async Task Migrations_of_another_database_are_noticed()
    {
        var database = await TestDatabases.CreateEmptyAsync();
        var another = await TestDatabases.CreateEmptyAsync();
        var (exitCode, line) = await FailingStart.OfAsync(database, ("ConnectionStrings:Migrations", another));
        Assert.Equal(ExitCode.Unavailable, exitCode);
        Assert.Contains("ConnectionStrings:Migrations", line, StringComparison.Ordinal);
    }

    /// <summary>All that the shop does in a day, with one role and as the two of database/roles.sql.</summary>
    public abstract class Day : ShopTest, IAsyncLifetime
    {
        private PgBouncer? bouncer;

        private protected async Task<ShopHost> StartBehindAsync(
            string database, IReadOnlyDictionary<string, string>? settings = null)
        {
            bouncer = await PgBouncer.StartAsync(database);
            return await ShopHost.StartAsync(bouncer.To(database), settings);
        }

        async Task IAsyncLifetime.DisposeAsync()
        {
            await DisposeAsync();
            await bouncer!.DisposeAsync();
        }

        private protected async Task GoesThroughAsync()
        {
            await new BusyShop(Shop, Admin, SignUpAsync).FillAsync();
            await Shop.DeliverEventsAsync();
            await Shop.DeliverToPlatformAsync();

            var product = await CreateProductAsync(price: 1_500, stock: 20);
            var customers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SignUpAsync(balance: 50_000)));
            await Task.WhenAll(customers.Select(customer => BuyAsync(customer, product)));
            await Shop.DeliverEventsAsync();
            Assert.Equal(20 - customers.Length, await StockOfAsync(product));

            (await Admin.PostAsync("/admin/ranking/recompute")).Expect(HttpStatusCode.OK);
            Assert.True((await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK)["consistent"].GetBoolean());
            Assert.Equal(0, await Shop.QueryAsync<long>(SessionLocks));
            await AssertSettingsHoldAsync(Shop.ConnectionString, sessions: 15);
        }

        // A checkout whose key comes twice, and an order that is paid and cancelled.
        private static async Task BuyAsync(Customer customer, long product)
        {
            var cart = $"/users/{customer.UserId}/cart/items";
            (await customer.PostAsync(cart, new { productId = product, quantity = 1 })).Expect(HttpStatusCode.OK);
            var (key, checkout) = (Guid.NewGuid().ToString(), new { userId = customer.UserId, fromCart = true });
            var bought = (await customer.PostWithKeyAsync(key, "/checkout", checkout)).Expect(HttpStatusCode.Created);
            var again = (await customer.PostWithKeyAsync(key, "/checkout", checkout)).Expect(HttpStatusCode.Created);
            Assert.Equal(bought.Text, again.Text);

            var order = await customer.PlaceAsync((product, 1));
            (await customer.PayAsync(order)).Expect(HttpStatusCode.Created);
            var cancelled = await customer.PostAsync($"/orders/{order}/cancel", new { reason = "Too loud" });
            cancelled.Expect(HttpStatusCode.OK);
            Assert.Equal(50_000 - 1_500, await customer.BalanceAsync());
        }
    }

    public sealed class DayOfOneRole : Day
    {
        [PgBouncerFact]
        public Task Goes_through_the_pooler() => GoesThroughAsync();

        private protected override async Task<ShopHost> StartAsync() =>
            await StartBehindAsync(await TestDatabases.CreateAsync());
    }

    public sealed class DayOfTwoRoles : Day
    {
        [PgBouncerFact]
        public Task Goes_through_the_pooler() => GoesThroughAsync();

        private protected override async Task<ShopHost> StartAsync()
        {
            var roles = await TestRoles.CreateAsync();
            await using (await ShopHost.StartAsync(roles.Owner))
            {
                // A host's start is what migrates.
            }

            return await StartBehindAsync(roles.Running, MigratedByOthers);
        }
    }

    private static async Task AssertSettingsHoldAsync(string pooled, int sessions) =>
        Assert.Equal([SettingsWanted], (await SettingsAsync(pooled, sessions)).Distinct());

    // As many transactions at once as sessions are to be looked at, each on another one.
    private static async Task<IReadOnlyList<string>> SettingsAsync(string pooled, int sessions)
    {
        var settingsOf = new NpgsqlConnectionStringBuilder(pooled) { MaxPoolSize = sessions, Options = null };
        await using var source = NpgsqlDataSource.Create(settingsOf.ConnectionString);
        var held = new List<NpgsqlConnection>();
        var settings = new List<string>();
        for (var i = 0; i < sessions; i++)
        {
            held.Add(await source.OpenConnectionAsync());
            await held[i].BeginTransactionAsync();
            await using var command = new NpgsqlCommand(SettingsHeld, held[i]);
            settings.Add((string)(await command.ExecuteScalarAsync())!);
        }

        foreach (var connection in held)
            await connection.DisposeAsync();
        return settings;
    }
}
