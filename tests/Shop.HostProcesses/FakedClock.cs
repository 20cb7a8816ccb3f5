using System.Globalization;

namespace Shop.HostProcesses;

/// <summary>
/// The wall clock of one process, off the machine's by an offset that can change while the process runs (libfaketime).
/// Its monotonic clock stays true. One process at a time uses it.
/// </summary>
public sealed class FakedClock : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("shop-clock-").FullName;

    /// <param name="offset">How far the clock is ahead, in whole seconds.</param>
    public FakedClock(TimeSpan offset) => Set(offset);

    /// <summary>The library, or null on a machine without it (Debian: package faketime).</summary>
    public static string? Library { get; } = Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu*")
            .Select(libraries => Path.Combine(libraries, "faketime", "libfaketimeMT.so.1"))
            .FirstOrDefault(File.Exists)
        : null;

    private string OffsetFile => Path.Combine(folder, "offset");

    /// <summary>Sets the clock; the process reads the new time from now on.</summary>
    public void Set(TimeSpan offset)
    {
        // A process that read a file half written would end.
        var next = Path.Combine(folder, "next");
        File.WriteAllText(next, offset.TotalSeconds.ToString("+0;-0;+0", CultureInfo.InvariantCulture));
        File.Move(next, OffsetFile, overwrite: true);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Environment variables of the process.</summary>
    internal IEnumerable<(string Name, string Value)> Variables =>
    [
        ("LD_PRELOAD", Library ?? throw new InvalidOperationException(
            "libfaketime is not installed here (Debian: apt-get install faketime).")),
        ("FAKETIME_TIMESTAMP_FILE", OffsetFile),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        // Times of files stay true, and a process that is killed leaves no shared memory behind.
        ("NO_FAKE_STAT", "1"),
        ("FAKETIME_DISABLE_SHM", "1"),
    ];
}
