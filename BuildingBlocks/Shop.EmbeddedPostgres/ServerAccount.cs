using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Shop.EmbeddedPostgres;

/// <summary>
/// The user that runs the server. postgres refuses to run as root, so root hands it to an unprivileged user. (An
/// elevated Windows process needs nothing: initdb and pg_ctl drop their rights there.)
/// </summary>
internal sealed record ServerAccount(string? User)
{
    /// <summary>
    /// Where root keeps what the unprivileged user cannot reach elsewhere. /var/lib is root's own, so nobody else can
    /// have prepared it.
    /// </summary>
    public const string RootFolder = "/var/lib/shop-postgres";

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Traversable =
        Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public bool IsRoot => User is not null;

    public static ServerAccount Current { get; } = new(
        OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess ? null : Unprivileged());

    /// <summary>Makes a folder that the server's user can enter: the wanted one, or root's substitute for it.</summary>
    public async Task<string> PrepareFolderAsync(string wanted, ILogger logger, CancellationToken ct)
    {
        wanted = Path.TrimEndingDirectorySeparator(Path.GetFullPath(wanted));
        var existed = Directory.Exists(wanted);
        CreateFolder(wanted);
        if (!IsRoot || await CanEnterAsync(wanted, ct))
            return wanted;

        if (!existed)
            Directory.Delete(wanted);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(wanted)))[..16];
        var substitute = Path.Combine(RootFolder, hash);
        CreateFolder(substitute);
        if (!await CanEnterAsync(substitute, ct))
            throw new PostgresStartException(
                $"User '{User}', which runs PostgreSQL because root may not, can enter neither {wanted} nor "
                + $"{substitute}.");
        logger.LogInformation(
            "User {User}, which runs PostgreSQL for root, cannot enter {Wanted}: {Substitute} is used instead.",
            User,
            wanted,
            substitute);
        return substitute;
    }

    /// <summary>The same, of a folder that must be this user's own, and is not replaced.</summary>
    /// <exception cref="PostgresStartException">It is somebody else's, or a link.</exception>
    public async Task PrepareOwnFolderAsync(string path, ILogger logger, CancellationToken ct)
    {
        await PrepareFolderAsync(path, logger, ct);
        // Everyone else has proved it by setting the folder's mode.
        if (IsRoot
            && (await CommandLine.RunAsync(
                new Command("find", path, "-maxdepth", "0", "-type", "d", "-user", "root"), ct)).Output.Trim() != path)
            throw new PostgresStartException($"{path} is not root's own folder. Delete it.");
    }

    /// <summary>Gives what root has made to the server's user.</summary>
    public async Task OwnAsync(string path, CancellationToken ct)
    {
        if (User is null)
            return;
        var result = await CommandLine.RunAsync(new Command("chown", User, path), ct);
        if (!result.Succeeded)
            throw new PostgresStartException($"chown {User} {path} failed: {result.Output}");
    }

    private void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows() || !IsRoot)
        {
            Directory.CreateDirectory(path);
            // Also the proof that the folder is this user's: only an owner can change the mode.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, Owner);
            return;
        }

        if (Directory.Exists(path))
            return;
        if (Path.GetDirectoryName(path) is { } parent)
            CreateFolder(parent);
        Directory.CreateDirectory(path);
        // Root's umask may be tight, and the server's user has to come through.
        File.SetUnixFileMode(path, Traversable);
    }

    // Asking the user itself is the one test that knows groups, ACLs and mount options.
    private async Task<bool> CanEnterAsync(string path, CancellationToken ct) =>
        (await CommandLine.RunAsync(new Command("test", "-x", path) { User = User }, ct)).Succeeded;

    private static string Unprivileged() =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal))
            ? "postgres"
            : "nobody";
}
