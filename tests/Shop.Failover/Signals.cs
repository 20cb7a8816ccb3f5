using System.Globalization;
using System.Runtime.InteropServices;

namespace Shop.Failover;

/// <summary>Signals to processes that this program is not the parent of.</summary>
internal static class Signals
{
    // As Linux numbers them.
    private const int SigKill = 9;
    private const int SigContinue = 18;
    private const int SigStop = 19;

    public static void Kill(int processId) => Send(processId, SigKill);

    public static void Stop(int processId) => Send(processId, SigStop);

    public static void Continue(int processId) => Send(processId, SigContinue);

    /// <summary>The process and its children, which come after it.</summary>
    public static IReadOnlyList<int> Family(int processId) =>
    [
        processId,
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == processId),
    ];

    private static int ParentOf(int processId)
    {
        try
        {
            // The name, in parentheses, may have spaces in it; state and parent follow.
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return 0;
        }
    }

    private static void Send(int processId, int signal)
    {
        if (SendSignal(processId, signal) != 0)
            throw new ClusterException($"Signal {signal} did not reach process {processId}.");
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
