namespace Shop.Ordering.DataPlatform;

/// <summary>
/// One file, which one process appends to. A crash or a full disk may leave a torn last line, which readers ignore:
/// that line is written again, to another file.
/// </summary>
internal sealed class NdjsonFile : IDisposable
{
    private readonly string path;
    private readonly DateOnly day;
    private readonly long maximumSize;
    private readonly FileStream stream;
    private long size;

    public NdjsonFile(string path, DateOnly day, long maximumSize, Func<string, FileStream> create)
    {
        this.path = path;
        this.day = day;
        this.maximumSize = maximumSize;
        stream = create(path);
    }

    // Unbuffered: a line is one write to the operating system, so that no reader sees two halves of different lines.
    public static FileStream Create(string path) =>
        new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);

    // ENOSPC, the same number on Linux and macOS, and EDQUOT of Linux.
    public static bool IsFull(Exception error) => error is IOException { HResult: 28 or 122 };

    public static bool IsDiskError(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>Whether a line of this length belongs here. One that exceeds the maximum gets its own file.</summary>
    public bool Takes(int length, DateOnly today) => today == day && (size == 0 || size + length <= maximumSize);

    /// <summary>Appends the lines that there is room for, the first one always, and flushes them to the disk.</summary>
    /// <returns>How many are on the disk, from the first on, and what kept the next one from it.</returns>
    public (int Arrived, string? Error) Append(IReadOnlyList<byte[]> lines)
    {
        var (written, error) = Write(lines);
        try
        {
            if (written > 0)
                stream.Flush(flushToDisk: true);
        }
        catch (Exception failed) when (IsDiskError(failed))
        {
            // After a failed flush the operating system may have dropped any of the lines.
            return (0, error ?? failed.Message);
        }

        // A file that was removed under our hands has taken its last lines with it.
        return written == 0 || File.Exists(path) ? (written, error) : (0, error ?? $"{path} is gone.");
    }

    public void Dispose()
    {
        stream.Dispose();
        if (size > 0)
            return;
        try
        {
            File.Delete(path);
        }
        catch (Exception failed) when (IsDiskError(failed))
        {
            // An empty file that stays tells nothing wrong, and the same disk's next write reports the cause.
        }
    }

    private (int Written, string? Error) Write(IReadOnlyList<byte[]> lines)
    {
        var written = 0;
        try
        {
            while (written < lines.Count && (size == 0 || size + lines[written].Length <= maximumSize))
            {
                stream.Write(lines[written]);
                size += lines[written].Length;
                written++;
            }
        }
        catch (Exception failed) when (IsDiskError(failed))
        {
            return (written, failed.Message);
        }

        return (written, null);
    }
}
