using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shop.EmbeddedPostgres;
using Xunit;

namespace Shop.IntegrationTests.EmbeddedPostgresTests;

/// <summary>
/// A data directory of one test, and what the tests do to it. At the end every server is stopped and the folder is
/// gone.
/// </summary>
public abstract class Scene : IAsyncLifetime
{
    private readonly List<EmbeddedPostgresServer> started = [];

    protected string Folder { get; } = Path.Combine(
        Path.GetDirectoryName(ThrowawayFolders.Fastest)!, $"shop-postgres-test-{Guid.NewGuid():N}");

    protected EmbeddedPostgresOptions Options =>
        new()
        {
            DataDirectory = Path.Combine(Folder, "postgres"),
            Fsync = false,
            Sources = PostgresSources.LocalBinaries,
        };

    internal ClusterFolder Cluster => new(Options.DataDirectory);

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var server in started)
            await server.DisposeAsync();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    protected Task<EmbeddedPostgresServer> StartAsync() => StartAsync(Options);

    protected async Task<EmbeddedPostgresServer> StartAsync(EmbeddedPostgresOptions options)
    {
        var server = await EmbeddedPostgresServer.StartAsync(options, NullLogger.Instance, CancellationToken.None);
        started.Add(server);
        return server;
    }

    protected static IReadOnlyDictionary<string, string> Setting(string name, string value) =>
        new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value };

    public static async Task<T> QueryAsync<T>(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    protected static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The same for everybody who talks to the same run of the server.</summary>
    protected static Task<DateTime> StartTimeAsync(string connectionString) =>
        QueryAsync<DateTime>(connectionString, "select pg_postmaster_start_time()");

    protected static async Task<bool> AnswersAsync(string connectionString)
    {
        try
        {
            return await QueryAsync<int>(connectionString, "select 1") == 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>kill -9 of the server itself, as the kernel does when memory runs out.</summary>
    protected void KillServer()
    {
        using var server = Process.GetProcessById(
            int.Parse(File.ReadLines(Cluster.PidFile).First(), CultureInfo.InvariantCulture));
        server.Kill();
    }
}
