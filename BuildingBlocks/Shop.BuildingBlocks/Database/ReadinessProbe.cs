using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Asks whether the database can serve this build, on a connection of its own: a shop whose pool is busy is ready.
/// Probes that come at the same time share one look, so they use one connection however many they are.
/// </summary>
public sealed class ReadinessProbe : IDisposable
{

    /// <summary>For a look as a whole: connecting, and the statement.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource source;
    private readonly IReadOnlyList<Migration> migrations;
    private readonly string statement;
    private readonly Lock access = new();
    private Task<string?>? current;

    public ReadinessProbe(string connectionString, IEnumerable<IModule> modules)
    {
        source = NpgsqlDataSource.Create(SideConnections.ConnectionStringOf(connectionString, "health", Limit));
        migrations = Migration.Of(modules);
        statement = StatementOf(migrations);
    }

    /// <returns>The reason why the database can't serve, in a sentence; null where it can.</returns>
    public Task<string?> FindFaultAsync(CancellationToken ct)
    {
        lock (access)
        {
            if (current is null or { IsCompleted: true })
                current = LookAsync();
            return current.WaitAsync(ct);
        }
    }

    public void Dispose() => source.Dispose();

    private async Task<string?> LookAsync()
    {
        // The caller holds the lock until here.
        await Task.Yield();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            // Against a server that takes the connection and says nothing the driver does not look at the token.
            return await AskAsync(limit.Token).WaitAsync(limit.Token);
        }
        catch (PostgresException error) when (error.SqlState
            is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return "Migrations are missing.";
        }
        catch (Exception error) when (error is OperationCanceledException || Transient.IsUnavailable(error))
        {
            return $"The database can't be reached ({error.GetType().Name}).";
        }
    }

    private async Task<string?> AskAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand(statement);
        command.Parameters.Add(ArrayOf(migration => migration.Schema));
        command.Parameters.Add(ArrayOf(migration => migration.Number));
        command.Parameters.Add(ArrayOf(migration => migration.Sha256));
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        if (reader.GetBoolean(0))
            return "The database is in recovery: it can't be written to.";
        var isMigrated = reader.GetInt64(1) == migrations.Count;
        return isMigrated ? null : "Migrations are missing, or were applied with another text.";
    }

    private NpgsqlParameter ArrayOf<T>(Func<Migration, T> member) =>
        new() { Value = migrations.Select(member).ToArray() };

    private static string StatementOf(IReadOnlyList<Migration> migrations)
    {
        var schemas = migrations.Select(migration => migration.Schema).Distinct();
        var applied = schemas.Select(schema => $"select '{schema}' as schema, number, sha256 from {schema}.migrations");
        return $"""
            select pg_is_in_recovery(), count(*)
            from unnest($1, $2, $3) as expected (schema, number, sha256)
            join ({string.Join(" union all ", applied)}) as applied using (schema, number, sha256)
            """;
    }
}
