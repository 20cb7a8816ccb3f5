using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;
using Respawn;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// Hosts that serve one test after the other, each on a database that is reset in between: a start costs more than most
/// tests. Sequences are not reset, so that ids which a host remembers mean nothing later.
/// </summary>
internal static class SharedHosts
{
    /// <summary>Settings of tests in which a customer leaves more than ten orders unpaid.</summary>
    public static readonly Dictionary<string, string> ManyOpenOrders = new()
    {
        ["Ordering:MaximumOpenOrders"] = "50",
    };

    private static readonly ConcurrentDictionary<string, ConcurrentBag<ShopHost>> Idle = new();
    private static readonly ConcurrentDictionary<ShopHost, Lent> Hosts = new();

    /// <param name="settings">Hosts are shared by tests with the same ones.</param>
    public static async Task<ShopHost> LendAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var key = string.Join('\n', (settings ?? new Dictionary<string, string>()).Select(
            setting => $"{setting.Key}={setting.Value}").Order(StringComparer.Ordinal));
        var idle = Idle.GetOrAdd(key, _ => []);
        while (idle.TryTake(out var host))
        {
            if (await Hosts[host].TryResetAsync())
                return host;
            await EndAsync(host);
        }

        var started = await ShopHost.StartAsync(settings);
        Hosts[started] = await Lent.PrepareAsync(started, idle);
        return started;
    }

    /// <returns>False where the host was not lent, or can't be lent again and is not shared any more.</returns>
    public static async Task<bool> TakeBackAsync(ShopHost host)
    {
        if (!Hosts.TryGetValue(host, out var lent))
            return false;
        // A host that has told the data platform keeps its file open.
        if (host.IsDisposed
            || host.Clock.IsOff
            || Directory.Exists(host.PlatformDirectory)
            || await lent.HasChangedSchemaAsync())
        {
            Hosts.TryRemove(host, out _);
            return false;
        }

        host.CloseClients();
        lent.Idle.Add(host);
        return true;
    }

    private static async Task EndAsync(ShopHost host)
    {
        Hosts.TryRemove(host, out _);
        await host.DisposeAsync();
        await TestDatabases.DropAsync(host.ConnectionString);
    }

    /// <summary>A host with what its database held at the start.</summary>
    private sealed class Lent(ShopHost host, ConcurrentBag<ShopHost> idle, Respawner respawner, string restore)
    {
        private const string Schema = "testing";

        // Rows that are there at a start are kept aside. DDL leaves a row: a test that changes the schema has changed
        // it for good.
        private const string Prepare = $$"""
            create schema {{Schema}};
            create table {{Schema}}.changes (command text);
            do $do$
            declare
                kept record;
                filled boolean;
            begin
                for kept in
                    select n.nspname, c.relname, row_number() over (order by c.oid) as number
                    from pg_class c
                    join pg_namespace n on n.oid = c.relnamespace
                    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema|{{Schema}})'
                loop
                    execute format('select exists (select from %I.%I)', kept.nspname, kept.relname) into filled;
                    if filled then
                        execute format('create table {{Schema}}.%I as table %I.%I',
                            kept.nspname || '.' || kept.relname, kept.nspname, kept.relname);
                    end if;
                end loop;
            end $do$;
            create function {{Schema}}.note_change() returns event_trigger language plpgsql as $f$
            begin
                insert into {{Schema}}.changes values (tg_tag);
            end $f$;
            create event trigger note_change on ddl_command_end execute function {{Schema}}.note_change();
            """;

        // Columns that are generated can't be written.
        private const string Restoring = $$"""
            select coalesce(string_agg(
                format('insert into %1$s (%2$s) overriding system value select %2$s from {{Schema}}.%3$I', k.target,
                    (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
                     where attrelid = k.target::regclass and attnum > 0 and not attisdropped and attgenerated = ''),
                    k.relname), '; '), '')
            from (select relname, format('%I.%I', split_part(relname, '.', 1), split_part(relname, '.', 2)) as target
                  from pg_class where relnamespace = '{{Schema}}'::regnamespace and relname like '%.%') as k
            """;

        private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);

        public ConcurrentBag<ShopHost> Idle => idle;

        public static async Task<Lent> PrepareAsync(ShopHost host, ConcurrentBag<ShopHost> idle)
        {
            await host.ExecuteAsync(Prepare);
            var restore = await host.QueryAsync<string>(Restoring);
            await using var connection = new NpgsqlConnection(host.ConnectionString);
            await connection.OpenAsync();
            var respawner = await Respawner.CreateAsync(connection, new RespawnerOptions
            {
                DbAdapter = DbAdapter.Postgres,
                SchemasToExclude = [Schema],
            });
            return new Lent(host, idle, respawner, restore);
        }

        public async Task<bool> HasChangedSchemaAsync() =>
            await host.QueryAsync<bool>($"select exists (select from {Schema}.changes)");

        /// <returns>False where a session goes on that a test has left.</returns>
        public async Task<bool> TryResetAsync()
        {
            host.Lost.Clear();
            try
            {
                var milliseconds = Calm.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
                await using var connection = new NpgsqlConnection(host.ConnectionString);
                await connection.OpenAsync();
                await using var settings = new NpgsqlCommand(
                    $"set lock_timeout = {milliseconds}; set session_replication_role = replica", connection);
                await settings.ExecuteNonQueryAsync();
                await respawner.ResetAsync(connection);
                await using var restoring = new NpgsqlCommand(restore, connection);
                await restoring.ExecuteNonQueryAsync();
                return true;
            }
            catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                return false;
            }
        }
    }
}
