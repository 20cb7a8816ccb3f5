using Testcontainers.PostgreSql;

namespace Shop.IntegrationTests.Testing;

/// <summary>The PostgreSQL of a test run: a container. Compiled with <c>-p:Testcontainers=true</c> only.</summary>
internal static class TestServer
{
    /// <returns>A connection string of its superuser.</returns>
    public static async Task<string> StartAsync()
    {
        // Testcontainers' own reaper removes it after the run.
        var server = new PostgreSqlBuilder()
            .WithImage("postgres:17")
            .WithUsername("shop")
            .WithCommand("-c", "fsync=off", "-c", "max_connections=300")
            .Build();
        await server.StartAsync();
        return server.GetConnectionString();
    }
}
