using System.Data;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Brings the database to the state that this build expects: scripts first, then the startup steps. Any number of hosts
/// may start at once: one works, the others wait for it and find everything done. Lock and limits are a transaction's,
/// which works behind a pooler.
/// </summary>
public sealed class Migrator(
    NpgsqlDataSource source,
    [FromKeyedServices(DatabaseServices.MigrationsKey)] NpgsqlDataSource unlimited,
    PooledSessions pooled,
    IEnumerable<IModule> modules,
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger<Migrator> log)
{
    // "shop" in ASCII, so that a person who meets the lock in pg_locks can tell whose it is.
    private const long Lock = 0x73686F70;

    private readonly IReadOnlyList<Migration> migrations = Migration.Of(modules);

    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(100);

    // Longer than the wait for a table's lock, so that what waited behind it gets its turn.
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(2);

    private const string TryLock = "select pg_try_advisory_xact_lock(@Lock)";

    private const string Exists = "select to_regclass(@table) is not null";

    private const string OlderSessions = """
        select distinct coalesce(nullif(application_name, ''), 'unnamed') from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
            and usename in (@role, session_user) and not starts_with(coalesce(application_name, ''), @prefix)
        """;

    /// <summary>Applies what is missing, then runs the startup steps.</summary>
    /// <exception cref="MigrationChangedException">A script that was applied earlier reads differently now.</exception>
    /// <exception cref="MigrationsMissingException">They were applied to another database than the shop's.</exception>
    public Task MigrateAsync(CancellationToken ct) => LockedAsync(
        unlimited,
        async () =>
        {
            await ApplyAllAsync(force: false, ct);
            await RunStepsAsync(ct);
        },
        ct);

    /// <summary>
    /// Runs the startup steps, on a database that somebody else migrates: the running role needs no rights on its
    /// schemas.
    /// </summary>
    /// <exception cref="MigrationsMissingException">A migration is missing.</exception>
    public Task PrepareAsync(CancellationToken ct) => LockedAsync(source, () => RunStepsAsync(ct), ct);

    /// <summary>Applies what is missing, and nothing else.</summary>
    /// <param name="force">Also where hosts of an edition before may be running.</param>
    /// <returns>The migrations applied now, as <c>schema/NNNN_name</c>.</returns>
    /// <exception cref="MigrationChangedException">A script that was applied earlier reads differently now.</exception>
    /// <exception cref="OlderHostsException">Hosts of an edition before are running.</exception>
    public async Task<IReadOnlyList<string>> ApplyAsync(bool force, CancellationToken ct)
    {
        IReadOnlyList<string> applied = [];
        await LockedAsync(unlimited, async () => applied = await ApplyAllAsync(force, ct), ct);
        return applied;
    }

    private static async Task<T> ScalarAsync<T>(
        NpgsqlConnection connection, string sql, object parameters, CancellationToken ct) =>
        (await connection.ExecuteScalarAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: ct)))!;

    // The lock is a transaction that stays open while other connections work. It has no snapshot that an index made
    // concurrently would wait for, and a crash frees it. The key of a record is the last word on "applied once".
    private async Task LockedAsync(NpgsqlDataSource locking, Func<Task> work, CancellationToken ct)
    {
        await using var connection = await locking.OpenConnectionAsync(ct);
        var transaction = await TryLockAsync(connection, ct);
        while (transaction is null)
        {
            await Task.Delay(LockPause, time, ct);
            transaction = await TryLockAsync(connection, ct);
        }

        await using (transaction)
        {
            await work();
            await pooled.MendAsync(connection, ct);
            await transaction.CommitAsync(ct);
        }
    }

    // Asked for again and again, since a statement that waits for it has a snapshot. A SELECT keeps its own until the
    // next statement takes its portal, so the limits, which need none, are lifted last.
    private static async Task<NpgsqlTransaction?> TryLockAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, ct);
        var locked = await ScalarAsync<bool>(connection, TryLock, new { Lock }, ct);
        if (locked)
        {
            var lift = new CommandDefinition(SessionSettings.UnlimitedLocally, cancellationToken: ct);
            await connection.ExecuteAsync(lift);
            return transaction;
        }

        await transaction.DisposeAsync();
        return null;
    }

    private async Task RunStepsAsync(CancellationToken ct)
    {
        await pooled.EnsureAsync(ct);
        if (!await IsUpToDateAsync(ct))
            throw new MigrationsMissingException();
        await using var scope = scopes.CreateAsyncScope();
        foreach (var step in scope.ServiceProvider.GetServices<IStartupStep>())
            await step.RunAsync(ct);
    }

    private async Task<IReadOnlyList<string>> ApplyAllAsync(bool force, CancellationToken ct)
    {
        await using var connection = await unlimited.OpenConnectionAsync(ct);
        if (!force)
            await RefuseOlderHostsAsync(connection, ct);
        var applied = new List<string>();
        foreach (var schema in migrations.GroupBy(migration => migration.Schema))
        {
            await connection.ExecuteAsync(new CommandDefinition($"""
                create schema if not exists {schema.Key};
                create table if not exists {schema.Key}.migrations (
                    number int primary key, name text not null, sha256 text not null, applied_at timestamptz not null)
                """, cancellationToken: ct));
            var known = await AppliedAsync(connection, schema.Key, ct);
            foreach (var migration in schema)
            {
                if (IsApplied(migration, known))
                    continue;
                await ApplyAsync(connection, migration, ct);
                applied.Add(migration.FullName);
            }
        }

        await History.ProtectAsync(connection, History.TablesOf(modules), ct);
        if (applied.Count > 0)
            log.LogInformation("Applied {Count} migrations: {Migrations}", applied.Count, string.Join(", ", applied));
        else
            log.LogInformation("The database is up to date ({Count} migrations)", migrations.Count);
        return applied;
    }

    /// <summary>Whether every migration of this build is applied.</summary>
    public async Task<bool> IsUpToDateAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        foreach (var schema in migrations.GroupBy(migration => migration.Schema))
        {
            if (!await ScalarAsync<bool>(connection, Exists, new { table = $"{schema.Key}.migrations" }, ct))
                return false;
            var known = await AppliedAsync(connection, schema.Key, ct);
            if (!schema.All(migration => IsApplied(migration, known)))
                return false;
        }

        return true;
    }

    private async Task RefuseOlderHostsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var stops = false;
        foreach (var migration in migrations.Where(migration => migration.StopsOlderHosts))
        {
            // A new database has no older hosts.
            var table = new { table = $"{migration.Schema}.migrations" };
            stops |= await ScalarAsync<bool>(connection, Exists, table, ct)
                && await AppliedAsync(connection, migration.Schema, ct) is { Count: > 0 } known
                && !IsApplied(migration, known);
        }

        if (!stops)
            return;
        var role = new NpgsqlConnectionStringBuilder(source.ConnectionString).Username;
        var names = await connection.QueryAsync<string>(
            new CommandDefinition(
                OlderSessions, new { role, prefix = DatabaseServices.ApplicationName }, cancellationToken: ct));
        if (names.AsList() is { Count: > 0 } older)
            throw new OlderHostsException(older);
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken ct)
    {
        if (migration.InTransaction)
        {
            for (var attempt = 1; !await TryApplyAsync(connection, migration, ct); attempt++)
            {
                log.LogWarning(
                    "{Migration} needs a table that other sessions use (attempt {Attempt})", migration.FullName,
                    attempt);
                await Task.Delay(BusyPause, time, ct);
            }

            return;
        }

        // A crash half-way leaves what has run and no record: the next start runs all of it again.
        try
        {
            foreach (var statement in migration.Statements())
                await RunAsync(connection, statement, ct);
        }
        catch (PostgresException cut) when (!ct.IsCancellationRequested
            && cut.SqlState is PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable)
        {
            throw new MigrationCutOffException(migration.FullName, cut);
        }

        await RecordAsync(connection, migration, ct);
    }

    /// <returns>False where a table's lock was not granted; nothing has happened.</returns>
    private static async Task<bool> TryApplyAsync(
        NpgsqlConnection connection, Migration migration, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, ct);
        try
        {
            await RunAsync(connection, SessionSettings.MigratingLocally, ct);
            await RunAsync(connection, migration.Sql, ct);
            await RecordAsync(connection, migration, ct);
            await transaction.CommitAsync(ct);
            return true;
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    private static Task<int> RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct) =>
        connection.ExecuteAsync(new CommandDefinition(sql, cancellationToken: ct));

    private static Task<int> RecordAsync(NpgsqlConnection connection, Migration migration, CancellationToken ct) =>
        connection.ExecuteAsync(new CommandDefinition(
            $"""
            insert into {migration.Schema}.migrations (number, name, sha256, applied_at)
            values (@Number, @Name, @Sha256, clock_timestamp())
            """,
            new { migration.Number, migration.Name, migration.Sha256 },
            cancellationToken: ct));

    private static bool IsApplied(Migration migration, Dictionary<int, string> applied)
    {
        if (!applied.TryGetValue(migration.Number, out var sha256))
            return false;
        return sha256 == migration.Sha256 ? true : throw new MigrationChangedException(migration.FullName);
    }

    private static async Task<Dictionary<int, string>> AppliedAsync(
        NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        var rows = await connection.QueryAsync<(int Number, string Sha256)>(
            new CommandDefinition($"select number, sha256 from {schema}.migrations", cancellationToken: ct));
        return rows.ToDictionary(row => row.Number, row => row.Sha256);
    }
}

/// <summary>
/// Something that must be in the database before a host serves, and be made once however many hosts start: it runs
/// after the migrations, under their lock, at every start, and finds out itself whether there is anything to do.
/// </summary>
public interface IStartupStep
{
    Task RunAsync(CancellationToken ct);
}

/// <summary>An applied migration must never change; a correction is a new migration.</summary>
public sealed class MigrationChangedException(string migration)
    : Exception($"The migration {migration} was applied to this database with another text. "
        + "Restore the file and write a new migration.");

/// <summary>
/// With <c>Database:MigrateOnStart</c> off the verb migrate comes first; with it on,
/// <c>ConnectionStrings:Migrations</c> names another database.
/// </summary>
public sealed class MigrationsMissingException() : Exception(
    "The database of ConnectionStrings:Shop lacks migrations of this build. Run the program with the verb migrate, as "
    + "the role that owns the schemas; with Database:MigrateOnStart on, ConnectionStrings:Migrations names another "
        + "one.");

/// <summary>A script changes the form of what hosts of an edition before still write.</summary>
public sealed class OlderHostsException(IReadOnlyList<string> sessions) : Exception(
    $"Sessions of the shop's role that are not of this edition are connected: {string.Join(", ", sessions)}. "
    + "Stop all older hosts first; `migrate --force` migrates all the same.");

/// <summary>A script that runs outside a transaction met a time limit, which only a pooler's session has.</summary>
public sealed class MigrationCutOffException(string migration, Exception inner)
    : Exception(
        $"The migration {migration} needs longer than a pooler's session allows. "
        + "Name a direct connection in ConnectionStrings:Migrations.",
        inner);
