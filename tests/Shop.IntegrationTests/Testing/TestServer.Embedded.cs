using Microsoft.Extensions.Logging.Abstractions;
using Shop.EmbeddedPostgres;

namespace Shop.IntegrationTests.Testing;

/// <summary>The PostgreSQL of a test run: a throwaway cluster of its own.</summary>
internal static class TestServer
{
    /// <returns>A connection string of its superuser.</returns>
    public static async Task<string> StartAsync()
    {
        var options = EmbeddedPostgresOptions.ForThrowaway("integration-tests") with
        {
            // Hundreds of databases live for a second each: autovacuum would come by each of them in turn.
            Settings = new Dictionary<string, string> { ["max_connections"] = "300", ["autovacuum"] = "off", ["jit"] = "off", ["max_wal_size"] = "256MB" },
        };
        var server = await EmbeddedPostgresServer.StartAsync(options, NullLogger.Instance, CancellationToken.None);
        // xunit 2 has no hook for the end of a run. A run that is killed leaves a folder, which the next one clears away.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return server.ConnectionString;
    }
}
