using Npgsql;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// One throwaway PostgreSQL for the run, and in it a database that a host has migrated. Every host under test gets a
/// clone of that one, so tests share nothing and nothing is reset.
/// </summary>
internal static class TestDatabases
{
    private const string Template = "shop_template";

    private static readonly Lazy<Task<string>> Server = new(TestServer.StartAsync);
    private static readonly Lazy<Task> Migrated = new(MigrateTemplateAsync);

    private static int created;

    /// <summary>A migrated database of its own.</summary>
    /// <returns>Its connection string.</returns>
    public static async Task<string> CreateAsync()
    {
        await Migrated.Value;
        return await CreateAsync($"template {Template}");
    }

    /// <summary>A database without anything in it.</summary>
    /// <param name="options">Of <c>create database</c>, besides its template.</param>
    public static Task<string> CreateEmptyAsync(string options = "") => CreateAsync($"template template0 {options}");

    /// <summary>
    /// For databases that come in hundreds: their files are in memory. The rest goes with the server.
    /// </summary>
    public static async Task DropAsync(string connectionString) =>
        await ExecuteAsync(
            await Server.Value,
            $"drop database {new NpgsqlConnectionStringBuilder(connectionString).Database} with (force)");

    private static async Task<string> CreateAsync(string options)
    {
        var name = $"shop_{Interlocked.Increment(ref created)}";
        await ExecuteAsync(await Server.Value, $"create database {name} {options} strategy file_copy");
        return await ConnectionStringAsync(name);
    }

    private static async Task MigrateTemplateAsync()
    {
        await ExecuteAsync(await Server.Value, $"create database {Template}");
        var template = await ConnectionStringAsync(Template);
        await using (await ShopHost.StartAsync(template))
        {
            // A host's start is what migrates.
        }

        // A database in use can't be cloned.
        await ExecuteAsync(
            await Server.Value, $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{Template}'");
    }

    private static async Task<string> ConnectionStringAsync(
        string database) => new NpgsqlConnectionStringBuilder(await Server.Value)
        {
            Database = database,
            MaxPoolSize = 10,
        }.ConnectionString;

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        // Unpooled: an idle connection to the template would stand in the way of cloning it.
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
