using Microsoft.Extensions.Logging;

namespace Shop.EmbeddedPostgres;

/// <summary>
/// A private PostgreSQL cluster on loopback, shared by everybody who names the same data directory, in whatever
/// process; the last one to leave stops it. A user killed without leaving counts as gone, and the server he leaves
/// behind serves the next one.
/// </summary>
public sealed class EmbeddedPostgresServer : IAsyncDisposable
{
    private readonly ClusterUse use;

    private EmbeddedPostgresServer(ClusterUse use) => this.use = use;

    /// <summary>
    /// For Npgsql: names the database asked for and user "shop", a superuser of this cluster. It holds the password.
    /// </summary>
    public string ConnectionString => use.ConnectionString;

    /// <summary>For people, such as "PostgreSQL 15.18 from /usr/lib/postgresql/15/bin".</summary>
    public string Source => use.Source;

    /// <summary>The folder in use: the one asked for, save where root had to choose another.</summary>
    public string DataDirectory => use.Folder;

    /// <summary>
    /// Starts the server, or joins it where it runs already. The state after a killed process or a power cut is taken
    /// over or recovered.
    /// </summary>
    /// <exception cref="PostgresNotFoundException">No allowed source has a PostgreSQL that fits.</exception>
    /// <exception cref="PostgresStartException">The folder cannot be used, or the server does not start.</exception>
    public static async Task<EmbeddedPostgresServer> StartAsync(
        EmbeddedPostgresOptions options, ILogger logger, CancellationToken ct) =>
        new(await ClusterUse.BeginAsync(options, logger, ct));

    /// <summary>
    /// Leaves; the last user stops the server, and connections that are still open break. A second call does nothing.
    /// </summary>
    public async ValueTask DisposeAsync() => await use.EndAsync();
}
