using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Shop.EmbeddedPostgres;

/// <summary>The server that was started last, so that a later process can join, stop or clean it up.</summary>
internal sealed record ServerState(string Source, int Port, string? Binaries, string? Container);

/// <summary>
/// The folder of one cluster. Root owns it where root is the host; only the cluster, its log and its password belong to
/// the server's user.
/// </summary>
internal sealed record ClusterFolder(string Path)
{
    public string Cluster => System.IO.Path.Combine(Path, "cluster");

    /// <summary>
    /// Written and removed by the server alone, save for <see cref="EmbeddedPostgres.PidFile.RemoveIfForeignAsync"/>.
    /// </summary>
    public string PidFile => System.IO.Path.Combine(Cluster, "postmaster.pid");

    public string LogFolder => System.IO.Path.Combine(Path, "log");

    public string Log => System.IO.Path.Combine(LogFolder, "server.log");

    public string Settings => System.IO.Path.Combine(Path, "server.conf");

    public string Password => System.IO.Path.Combine(Path, "password");

    /// <summary>Held while the server is started, joined or stopped.</summary>
    public string StartLock => System.IO.Path.Combine(Path, "start.lock");

    /// <summary>Held, shared, by every user of the server as long as he uses it.</summary>
    public string UsersLock => System.IO.Path.Combine(Path, "users.lock");

    /// <summary>Marks what may be deleted once nobody uses it.</summary>
    public string ThrowawayMark => System.IO.Path.Combine(Path, "throwaway");

    private string State => System.IO.Path.Combine(Path, "server.json");

    public static async Task<ClusterFolder> PrepareAsync(
        string wanted, ServerAccount account, ILogger logger, CancellationToken ct)
    {
        try
        {
            var folder = new ClusterFolder(await account.PrepareFolderAsync(wanted, logger, ct));
            // This file is made first, so a folder without it is not ours.
            if (Directory.EnumerateFileSystemEntries(folder.Path).Any() && !File.Exists(folder.StartLock))
                throw new PostgresStartException(
                    $"{folder.Path} holds other files. The private PostgreSQL cluster needs a folder of its own.");
            FileLock.TryExclusive(folder.StartLock)?.Dispose();
            return folder;
        }
        catch (UnauthorizedAccessException closed)
        {
            throw new PostgresStartException(
                $"The PostgreSQL folder {wanted} belongs to another user or lies in a folder of another user; most "
                + "likely it was first used as root. "
                +
                    "Run as that user again, give the folder to this one, delete it (its data are lost), or choose "
                    + "another data directory.",
                closed);
        }
    }

    /// <summary>
    /// The major version that made the cluster, the only one that can read it; null before the first start.
    /// </summary>
    public int? MajorVersion()
    {
        var file = System.IO.Path.Combine(Cluster, "PG_VERSION");
        return File.Exists(file)
            ? int.Parse(File.ReadAllText(file).Trim(), System.Globalization.CultureInfo.InvariantCulture)
            : null;
    }

    public string? ReadSettings() => File.Exists(Settings) ? File.ReadAllText(Settings) : null;

    public ServerState? ReadState() =>
        File.Exists(State) ? JsonSerializer.Deserialize<ServerState>(File.ReadAllText(State)) : null;

    public void WriteState(ServerState state) =>
        AtomicFile.Write(State, JsonSerializer.Serialize(state), AtomicFile.Readable);

    public async Task<string> EnsurePasswordAsync(ServerAccount account, CancellationToken ct)
    {
        if (!File.Exists(Password))
        {
            if (Directory.Exists(Cluster))
            {
                throw new PostgresStartException(
                    $"{Password} is gone, and nothing else knows the password of the cluster beside it. Restore it, "
                    + $"or delete {Path} (its data are lost).");
            }

            AtomicFile.Write(Password, RandomNumberGenerator.GetHexString(40, lowercase: true), AtomicFile.OwnerOnly);
        }

        // initdb reads it as the server's user. Said each time, because a kill may have come in between.
        await account.OwnAsync(Password, ct);
        return await File.ReadAllTextAsync(Password, ct);
    }
}
