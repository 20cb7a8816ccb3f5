using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shop.EmbeddedPostgres;

namespace Shop.Bench.Machine;

/// <summary>
/// The bench's own PostgreSQL: durable as PostgreSQL comes, with more memory, gone afterwards. Baseline and shop run on
/// the same one, in turn.
/// </summary>
internal sealed class Cluster : IAsyncDisposable
{
    /// <summary>Settings that differ from PostgreSQL's defaults.</summary>
    public static readonly IReadOnlyDictionary<string, string> Settings = new Dictionary<string, string>
    {
        ["shared_buffers"] = "1GB",
        ["max_wal_size"] = "4GB",
        // Several hosts are connected at a time, each with a pool of its own.
        ["max_connections"] = "200",
    };

    private readonly EmbeddedPostgresServer server;

    private Cluster(EmbeddedPostgresServer server, int postmaster)
    {
        this.server = server;
        Postmaster = postmaster;
    }

    public string Source => server.Source;

    /// <summary>The first process, parent of all others of the server.</summary>
    public int Postmaster { get; }

    public static async Task<Cluster> StartAsync()
    {
        var options = EmbeddedPostgresOptions.ForThrowaway("bench", durable: true) with { Settings = Settings };
        var server = await EmbeddedPostgresServer.StartAsync(options, NullLogger.Instance, CancellationToken.None);
        // Pooled: the session, and so its process, is still there when its parent is asked for.
        var backend = await AskAsync<int>(server.ConnectionString, "select pg_backend_pid()", pooled: true);
        return new Cluster(server, ProcFiles.ParentOf(backend));
    }

    public string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = database }.ConnectionString;

    public Task CreateDatabaseAsync(string database) => ExecuteAsync("postgres", $"create database {database}");

    public async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = await OpenAsync(ConnectionString(database));
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    /// <param name="pooled">For what is asked again and again.</param>
    public Task<T> ScalarAsync<T>(string database, string sql, bool pooled) =>
        AskAsync<T>(ConnectionString(database), sql, pooled);

    /// <summary>A checkpoint: the last run's pages go to the disk now, not in the next run's time.</summary>
    public Task CheckpointAsync() => ExecuteAsync("postgres", "checkpoint");

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await server.DisposeAsync();
    }

    private static async Task<T> AskAsync<T>(string connectionString, string sql, bool pooled)
    {
        await using var connection = await OpenAsync(connectionString, pooled);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, bool pooled = false)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = pooled }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
