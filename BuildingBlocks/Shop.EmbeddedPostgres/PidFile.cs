using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Shop.EmbeddedPostgres;

/// <summary>
/// The server's own postmaster.pid: process, data directory, start time, port, one a line. After a kill or a power cut
/// it is stale, and its process id may be another's.
/// </summary>
internal sealed record PidFile(ClusterFolder Folder, int ProcessId, string DataDirectory, int Port)
{
    public static PidFile? Read(ClusterFolder folder)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(folder.PidFile);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        return lines.Length >= 4
            && int.TryParse(lines[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var process)
            && int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? new PidFile(folder, Math.Abs(process), lines[1], port)
                : null;
    }

    /// <summary>Whether the process is there and is the server of this very directory.</summary>
    public async Task<bool> IsServerAliveAsync(CancellationToken ct)
    {
        if (!ProcessExists())
            return false;

        // A server works in its data directory. A zombie, or a process of somebody else, shows no folder at all.
        if (OperatingSystem.IsLinux())
            return string.Equals(
                new DirectoryInfo($"/proc/{ProcessId}/cwd").LinkTarget,
                RealPath(Folder.Cluster),
                StringComparison.Ordinal);

        if (OperatingSystem.IsWindows())
        {
            using var process = Process.GetProcessById(ProcessId);
            return process.ProcessName.Equals("postgres", StringComparison.OrdinalIgnoreCase);
        }

        var shown = await CommandLine.RunAsync(
            new Command("ps", "-o", "command=", "-p", ProcessId.ToString(CultureInfo.InvariantCulture)), ct);
        return shown.Succeeded && shown.Output.Contains(DataDirectory, StringComparison.Ordinal);
    }

    /// <summary>
    /// PostgreSQL sees for itself that a dead process's file is stale, but takes any living process of its own user for
    /// the old server and refuses to start. Only then, and only when that process is proved to be something else, the
    /// file goes. Should children of the old server live on, PostgreSQL still finds them by the shared memory that
    /// belongs to the directory, with or without this file, and refuses. On Windows it needs no help.
    /// </summary>
    public async Task RemoveIfForeignAsync(CancellationToken ct)
    {
        if (!OperatingSystem.IsWindows() && ProcessExists() && !await IsServerAliveAsync(ct))
            File.Delete(Folder.PidFile);
    }

    private bool ProcessExists()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return true;
        }
        catch (Exception gone) when (gone is ArgumentException or Win32Exception)
        {
            return false;
        }
    }

    // Paths in /proc have their links resolved.
    private static string RealPath(string path)
    {
        var parent = Path.GetDirectoryName(path);
        if (parent is null)
            return path;
        var here = Path.Combine(RealPath(parent), Path.GetFileName(path));
        return new DirectoryInfo(here).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? here;
    }
}
