using System.Runtime.InteropServices;

namespace Shop.Host.Protection.Connections;

/// <summary>
/// The open files of this process and their limit, RLIMIT_NOFILE. The runtime has raised the soft limit to the hard one
/// by the time it is asked.
/// </summary>
internal static class OpenFiles
{
    private const int LinuxNumber = 7;
    private const int BsdNumber = 8;

    /// <returns>Null where there is none: on Windows, or "unlimited".</returns>
    public static long? Limit()
    {
        if (OperatingSystem.IsWindows())
            return null;
        if (GetLimit(OperatingSystem.IsLinux() ? LinuxNumber : BsdNumber, out var limit) != 0)
            return null;
        return limit.Current > int.MaxValue ? null : (long)limit.Current;
    }

    /// <summary>
    /// Files open now. The runtime keeps some hundred for itself, most of them assemblies.
    /// </summary>
    public static int Count() =>
        Directory.EnumerateFileSystemEntries(OperatingSystem.IsLinux() ? "/proc/self/fd" : "/dev/fd").Count();

    [DllImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimit(int resource, out ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ResourceLimit
    {
        public readonly nuint Current;
        public readonly nuint Maximum;
    }
}
