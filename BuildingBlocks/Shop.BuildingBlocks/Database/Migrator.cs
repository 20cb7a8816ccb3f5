using System.Data;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Brings the database to the state that this build expects: scripts first, then the startup steps. Any number of hosts may start at once: one
/// works, the others wait for it and find everything done.
/// </summary>
public sealed class Migrator(
    NpgsqlDataSource source, IEnumerable<IModule> modules, IServiceScopeFactory scopes, TimeProvider time, ILogger<Migrator> log)
{
    // "shop" in ASCII, so that a person who meets the lock in pg_locks can tell whose it is.
    private const long Lock = 0x73686F70;

    private const int NoTimeLimit = 0;

    private readonly IReadOnlyList<Migration> migrations = Migration.Of(modules);

    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(100);

    // Waiting for another host's migrations, and running one's own, is exempt from the time limits of requests, the driver's own included.
    private const string LiftLimits = "set lock_timeout = 0; set statement_timeout = 0";

    private const string TryLock = "select pg_try_advisory_lock(@Lock)";

    private const string FreeLock = "reset lock_timeout; reset statement_timeout; select pg_advisory_unlock(@Lock)";

    private const string Exists = "select to_regclass(@table) is not null";

    /// <summary>Applies what is missing, then runs the startup steps.</summary>
    /// <exception cref="MigrationChangedException">A script that was applied earlier reads differently now.</exception>
    public Task MigrateAsync(CancellationToken ct) => LockedAsync(
        async connection =>
        {
            await ApplyAsync(connection, ct);
            await RunStepsAsync(ct);
        },
        ct);

    /// <summary>Runs the startup steps, on a database that somebody else migrates: the running role needs no rights on its schemas.</summary>
    /// <exception cref="MigrationsMissingException">Nobody has yet.</exception>
    public Task PrepareAsync(CancellationToken ct) => LockedAsync(
        async _ =>
        {
            if (!await IsUpToDateAsync(ct))
                throw new MigrationsMissingException();
            await RunStepsAsync(ct);
        },
        ct);

    /// <summary>Applies what is missing, and nothing else.</summary>
    /// <returns>What was applied now, as <c>schema/NNNN_what</c>.</returns>
    /// <exception cref="MigrationChangedException">A script that was applied earlier reads differently now.</exception>
    public async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken ct)
    {
        IReadOnlyList<string> applied = [];
        await LockedAsync(async connection => applied = await ApplyAsync(connection, ct), ct);
        return applied;
    }

    private async Task LockedAsync(Func<NpgsqlConnection, Task> work, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition(LiftLimits, cancellationToken: ct));
        // Asked for again and again: a session that waits for it holds a snapshot, and an index that is made concurrently waits for all of those.
        while (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(TryLock, new { Lock }, cancellationToken: ct)))
            await Task.Delay(LockPause, time, ct);
        try
        {
            await work(connection);
        }
        finally
        {
            // The lock is the session's, and the session goes back to the pool. A broken connection has lost it already.
            if (connection.FullState == ConnectionState.Open)
                await connection.ExecuteAsync(new CommandDefinition(FreeLock, new { Lock }, cancellationToken: CancellationToken.None));
        }
    }

    private async Task RunStepsAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        foreach (var step in scope.ServiceProvider.GetServices<IStartupStep>())
            await step.RunAsync(ct);
    }

    private async Task<IReadOnlyList<string>> ApplyAsync(NpgsqlConnection connection, CancellationToken ct)
    {
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
                applied.Add($"{migration.Schema}/{migration.Number:D4}_{migration.Name}");
            }
        }

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
            var exists = await connection.ExecuteScalarAsync<bool>(
                new CommandDefinition(Exists, new { table = $"{schema.Key}.migrations" }, cancellationToken: ct));
            if (!exists)
                return false;
            var known = await AppliedAsync(connection, schema.Key, ct);
            if (!schema.All(migration => IsApplied(migration, known)))
                return false;
        }

        return true;
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken ct)
    {
        if (migration.InTransaction)
        {
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, ct);
            await RunAsync(migration.Sql);
            await RecordAsync();
            await transaction.CommitAsync(ct);
            return;
        }

        // A crash half-way leaves what has run and no record: the next start runs all of it again.
        foreach (var statement in migration.Statements())
            await RunAsync(statement);
        await RecordAsync();

        Task RunAsync(string sql) => connection.ExecuteAsync(new CommandDefinition(sql, commandTimeout: NoTimeLimit, cancellationToken: ct));

        Task RecordAsync() => connection.ExecuteAsync(new CommandDefinition(
            $"insert into {migration.Schema}.migrations (number, name, sha256, applied_at) values (@Number, @Name, @Sha256, @now)",
            new { migration.Number, migration.Name, migration.Sha256, now = time.UtcNow() },
            cancellationToken: ct));
    }

    private static bool IsApplied(Migration migration, Dictionary<int, string> applied)
    {
        if (!applied.TryGetValue(migration.Number, out var sha256))
            return false;
        return sha256 == migration.Sha256 ? true : throw new MigrationChangedException(migration.Schema, migration.Number, migration.Name);
    }

    private static async Task<Dictionary<int, string>> AppliedAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        var rows = await connection.QueryAsync<(int Number, string Sha256)>(
            new CommandDefinition($"select number, sha256 from {schema}.migrations", cancellationToken: ct));
        return rows.ToDictionary(row => row.Number, row => row.Sha256);
    }
}

/// <summary>
/// Something that must be in the database before a host serves, and be made once however many hosts start: it runs after the migrations, under
/// their lock, at every start, and finds out itself whether there is anything to do.
/// </summary>
public interface IStartupStep
{
    Task RunAsync(CancellationToken ct);
}

/// <summary>An applied migration must never change; what it should have done differently is a new migration.</summary>
public sealed class MigrationChangedException(string schema, int number, string name)
    : Exception($"The migration {schema}/{number:D4}_{name} was applied to this database with another text. Restore the file and write a new migration.");

/// <summary>With <c>Database:MigrateOnStart</c> off, somebody else has to migrate first.</summary>
public sealed class MigrationsMissingException()
    : Exception("The database lacks migrations of this build, and Database:MigrateOnStart is off. Run the program with the verb migrate, as the role that owns the schemas.");
