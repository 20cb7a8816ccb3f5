using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shop.EmbeddedPostgres;

namespace Shop.Chaos;

/// <summary>
/// A PostgreSQL of its own, durable, whose server can be killed and started again on what it left behind.
/// </summary>
internal sealed class Cluster : IDatabase
{
    private const string EndSessions = """
        select count(pg_terminate_backend(pid)) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid() and random() < @share
        """;

    private static readonly EmbeddedPostgresOptions Durable = EmbeddedPostgresOptions.ForThrowaway(
        "chaos", durable: true) with
    {
        Sources = PostgresSources.LocalBinaries | PostgresSources.Npm,
        Settings = new Dictionary<string, string> { ["max_connections"] = "300" },
    };

    // Each start is one more use of the same folder; the last one to go stops the server and deletes it.
    private readonly List<EmbeddedPostgresServer> uses = [];

    public string ConnectionString => uses[0].ConnectionString;

    public string MigrationsConnectionString => ConnectionString;

    public string Source => uses[0].Source;

    public static async Task<Cluster> StartAsync(CancellationToken ct)
    {
        var cluster = new Cluster();
        await cluster.StartAgainAsync(ct);
        return cluster;
    }

    /// <summary>kill -9 of the server; its children end by themselves.</summary>
    public void Kill()
    {
        var pidFile = Path.Combine(uses[0].DataDirectory, "cluster", "postmaster.pid");
        using var server = Process.GetProcessById(
            int.Parse(File.ReadLines(pidFile).First(), CultureInfo.InvariantCulture));
        server.Kill();
        server.WaitForExit();
    }

    /// <summary>Recovers the cluster and serves on the port that the hosts know.</summary>
    public async Task StartAgainAsync(CancellationToken ct)
    {
        uses.Add(await EmbeddedPostgresServer.StartAsync(Durable, NullLogger.Instance, ct));
        if (uses[^1].ConnectionString != ConnectionString)
            throw new InvalidOperationException(
                "The server came back on another port: something else has taken its own.");
    }

    /// <summary>Ends some of the hosts' sessions, whatever they are at.</summary>
    public Task EndSessionsAsync(double share) => QueryAsync<long>(EndSessions, ("share", share));

    /// <summary>A transaction that holds what its statement locks, until it is disposed of.</summary>
    public async Task<IAsyncDisposable> HoldAsync(string sql)
    {
        var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"begin; {sql}", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    public async Task<T> QueryAsync<T>(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var use in uses)
            await use.DisposeAsync();
    }
}
