using System.Globalization;

namespace Shop.Bench.Machine;

/// <summary>Reads Linux's /proc about processes.</summary>
internal static class ProcFiles
{
    // USER_HZ, which Linux has fixed for what it shows to programs.
    private const double MillisecondsPerTick = 10;

    /// <summary>Processor time of a process and of the children it has waited for.</summary>
    public static double CpuMilliseconds(int process) =>
        Stat(process) is { } stat ? stat.Ticks * MillisecondsPerTick : 0;

    /// <summary>Processor time of a process and of its children, those that have ended too.</summary>
    public static double FamilyCpuMilliseconds(int parent) =>
        CpuMilliseconds(parent) + Children(parent).Sum(CpuMilliseconds);

    public static int ParentOf(int process) =>
        Stat(process)?.Parent ?? throw new InvalidOperationException($"Process {process} is gone.");

    public static string ProgramOf(int process) =>
        new FileInfo($"/proc/{process}/exe").LinkTarget
            ?? throw new InvalidOperationException($"Process {process} shows no program.");

    /// <summary>The peak since the last <see cref="ResetPeak"/>.</summary>
    public static double PeakMegabytes(int process) => StatusMegabytes(process, "VmHWM:");

    public static double Megabytes(int process) => StatusMegabytes(process, "VmRSS:");

    public static void ResetPeak(int process) => File.WriteAllText($"/proc/{process}/clear_refs", "5");

    private static double StatusMegabytes(int process, string field)
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .First(line => line.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(
            line.Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private static IEnumerable<int> Children(int parent) => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process)
            ? process
            : 0)
        .Where(process => process > 0 && Stat(process)?.Parent == parent);

    // The program's name, in parentheses, may hold anything; numbers follow it.
    private static (int Parent, long Ticks)? Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
