using Microsoft.Extensions.Logging;

namespace Shop.EmbeddedPostgres;

/// <summary>
/// Clusters that die with their users. A process that makes, sweeps or deletes one holds the lock of the parent folder,
/// so a folder whose users' lock is free is abandoned, not just being made.
/// </summary>
internal sealed class ThrowawayFolders(ServerAccount account, ILogger logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private const string Memory = "/dev/shm";
    private const long MemoryNeeded = 2L << 30;

    /// <summary>
    /// Private to the user. Root's is not in the world's temporary folder, where somebody else could have prepared it.
    /// </summary>
    public static string OnDisk { get; } = ServerAccount.Current.IsRoot
        ? Path.Combine(ServerAccount.RootFolder, "throwaway")
        : Path.Combine(Path.GetTempPath(), Own);

    /// <summary>
    /// In memory, where Linux has 2 GiB to spare there (a container has 64 MB, unless told otherwise); else on disk.
    /// </summary>
    public static string Fastest { get; } = HasMemory() ? Path.Combine(Memory, Own) : OnDisk;

    private static string Own => $"shop-postgres-{Environment.UserName}";

    /// <summary>Sweeps the neighbours, makes the folder and joins its users.</summary>
    public async Task<(ClusterFolder Folder, IDisposable User)> EnterAsync(string wanted, CancellationToken ct)
    {
        var wish = new DirectoryInfo(Path.GetFullPath(wanted));
        if (wish.Parent is null)
            throw new PostgresStartException($"{wanted} is no place for a throwaway cluster.");
        // Where the whole world may write, anybody could have made our own folder before us, and then swap what is in
        // it.
        if (wish.Parent.Parent?.FullName is { } own
            && (own == Path.GetFullPath(OnDisk) || own == Path.GetFullPath(Fastest)))
            await account.PrepareOwnFolderAsync(own, logger, ct);
        var parent = await account.PrepareFolderAsync(wish.Parent.FullName, logger, ct);
        using (await LockAsync(parent, ct))
        {
            await SweepAsync(parent, ct);
            var folder = await ClusterFolder.PrepareAsync(Path.Combine(parent, wish.Name), account, logger, ct);
            await File.WriteAllTextAsync(folder.ThrowawayMark, "", ct);
            var user = FileLock.TryShared(folder.UsersLock)
                ?? throw new PostgresStartException($"{folder.Path} is being deleted.");
            return (folder, user);
        }
    }

    /// <summary>The last user has left; a sweeper may have been here already, or somebody may have come.</summary>
    public async Task DeleteAsync(ClusterFolder folder, CancellationToken ct)
    {
        using (await LockAsync(Path.GetDirectoryName(folder.Path)!, ct))
        {
            if (Directory.Exists(folder.Path))
                await DeleteIfAbandonedAsync(folder, ct);
        }
    }

    private async Task SweepAsync(string parent, CancellationToken ct)
    {
        foreach (var path in Directory.EnumerateDirectories(parent))
        {
            var folder = new ClusterFolder(path);
            if (File.Exists(folder.ThrowawayMark) && await DeleteIfAbandonedAsync(folder, ct))
                logger.LogInformation("Deleted the PostgreSQL cluster {Folder}, whose users are gone.", path);
        }
    }

    private async Task<bool> DeleteIfAbandonedAsync(ClusterFolder folder, CancellationToken ct)
    {
        try
        {
            using (var users = FileLock.TryExclusive(folder.UsersLock))
            {
                if (users is null)
                    return false;
                if (await RunningServer.FindAsync(folder, account, logger, ct) is { } server)
                {
                    await server.StopAsync(ct);
                    await server.DeleteDataAsync(ct);
                }
            }

            Directory.Delete(folder.Path, recursive: true);
            return true;
        }
        catch (Exception resisting)
            when (resisting is PostgresStartException or IOException or UnauthorizedAccessException)
        {
            // Another run's leftovers must not stop a test run; the next one tries again.
            logger.LogWarning(
                resisting, "The throwaway PostgreSQL cluster {Folder} cannot be deleted yet.", folder.Path);
            return false;
        }
    }

    private static Task<IDisposable> LockAsync(string parent, CancellationToken ct) =>
        FileLock.ExclusiveAsync(Path.Combine(parent, "throwaway.lock"), Timeout, ct);

    private static bool HasMemory() =>
        OperatingSystem.IsLinux()
            && Directory.Exists(Memory)
            && new DriveInfo(Memory) is { DriveFormat: "tmpfs", AvailableFreeSpace: >= MemoryNeeded };
}
