using Npgsql;
using Shop.EmbeddedPostgres;

namespace Shop.Host.Starting;

/// <summary>
/// The PostgreSQL that the shop runs on: the configured one, or in Development a private one that it brings along.
/// </summary>
internal sealed class DatabaseBootstrap : IAsyncDisposable
{
    private readonly EmbeddedPostgresServer? own;

    private DatabaseBootstrap(string connectionString, string description, EmbeddedPostgresServer? own)
    {
        ConnectionString = connectionString;
        Description = description;
        this.own = own;
    }

    public string ConnectionString { get; }

    /// <summary>The way that migrations go, where it is another one.</summary>
    public string? MigrationsConnectionString { get; private init; }

    /// <summary>For people: where it is, without its password.</summary>
    public string Description { get; }

    /// <exception cref="InvalidOperationException">None is configured, and this is not Development.</exception>
    /// <exception cref="PostgresNotFoundException">
    /// None is configured, and nothing to run a private one with is on this machine.
    /// </exception>
    public static async Task<DatabaseBootstrap> FindAsync(
        IConfiguration configuration, IHostEnvironment environment, ILogger log, CancellationToken ct)
    {
        var settings = new PrivateDatabaseOptions();
        configuration.GetSection(PrivateDatabaseOptions.Section).Bind(settings);
        if (configuration.GetConnectionString("Shop") is { Length: > 0 } configured)
        {
            return new DatabaseBootstrap(configured, $"{Address(configured)} (ConnectionStrings:Shop)", own: null)
            {
                MigrationsConnectionString =
                    configuration.GetConnectionString("Migrations") is { Length: > 0 } migrations ? migrations : null,
            };
        }

        if (!environment.IsDevelopment())
            throw new InvalidOperationException(
                "ConnectionStrings:Shop is not set. Outside Development the shop runs on a PostgreSQL 15 or later "
                + "that you name; only in Development it brings its own.");

        var folder = Path.GetFullPath(settings.DataDirectory, environment.ContentRootPath);
        var server = await EmbeddedPostgresServer.StartAsync(
            new EmbeddedPostgresOptions { DataDirectory = folder }, log, ct);
        return new DatabaseBootstrap(
            server.ConnectionString,
            $"{Address(server.ConnectionString)}, private ({server.Source}, data in {server.DataDirectory})",
            server);
    }

    public ValueTask DisposeAsync() => own?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string Address(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return $"{parts.Database} at {parts.Host}:{parts.Port}";
    }
}
