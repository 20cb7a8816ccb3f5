namespace Shop.EmbeddedPostgres;

/// <summary>
/// Locks that the operating system gives back when a process dies, kill -9 included: .NET's share modes are flock on
/// Unix and share modes on Windows. They belong to the open file, so two of them in one process exclude each other like
/// two processes.
/// </summary>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Told apart from a full disk and the like: Windows' sharing and lock violations, EWOULDBLOCK of Linux and of
    // macOS.
    private static readonly int[] TakenCodes = [unchecked((int)0x80070020), unchecked((int)0x80070021), 11, 35];

    public static async Task<IDisposable> ExclusiveAsync(string file, TimeSpan timeout, CancellationToken ct)
    {
        var deadline = DateTime.UtcNow + timeout;
        while (true)
        {
            if (TryExclusive(file) is { } held)
                return held;
            if (DateTime.UtcNow > deadline)
            {
                throw new PostgresStartException(
                    $"Another process has held {file} for more than {timeout.TotalSeconds:0} seconds; it is "
                    + "starting or stopping the same PostgreSQL cluster.");
            }

            await Task.Delay(Pause, ct);
        }
    }

    public static IDisposable? TryExclusive(string file) => TryOpen(file, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Null while somebody holds the file exclusively.</summary>
    public static IDisposable? TryShared(string file) => TryOpen(file, FileAccess.Read, FileShare.Read);

    private static FileStream? TryOpen(string file, FileAccess access, FileShare share)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, access, share);
        }
        catch (IOException taken) when (TakenCodes.Contains(taken.HResult))
        {
            return null;
        }
    }
}
