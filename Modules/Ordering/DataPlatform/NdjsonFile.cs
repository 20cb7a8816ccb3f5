using System.Text;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;

namespace Shop.Ordering.DataPlatform;

/// <summary>
/// The data platform's default form: one file for each process, one line for each delivery, on the disk before it counts as delivered. A process
/// that is killed may leave a torn last line, which readers ignore: what it held is written again by another process.
/// </summary>
internal sealed class NdjsonFile(IOptions<DataPlatformOptions> options, TimeProvider time) : IDataPlatform, IDisposable
{
    private readonly SemaphoreSlim writing = new(1);
    private FileStream? file;

    public int BatchSize => 500;

    public int CallsFree(int underWay) => 1 - underWay;

    public async Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct)
    {
        await writing.WaitAsync(ct);
        try
        {
            file ??= Open();
            var lines = string.Concat(deliveries.Select(delivery => delivery.Envelope + "\n"));
            await file.WriteAsync(Encoding.UTF8.GetBytes(lines), ct);
            file.Flush(flushToDisk: true);
            return [.. deliveries.Select(Attempt.Taken)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The file may end in half a line now: the next try starts a new one.
            file?.Dispose();
            file = null;
            return [.. deliveries.Select(delivery => Attempt.Failed(delivery, error.Message))];
        }
        finally
        {
            writing.Release();
        }
    }

    public void Dispose()
    {
        file?.Dispose();
        writing.Dispose();
    }

    // Unbuffered: what is handed over at a time is one write to the operating system.
    private FileStream Open()
    {
        Directory.CreateDirectory(options.Value.Directory);
        var name = FormattableString.Invariant($"orders-{time.UtcNow():yyyyMMdd'T'HHmmss'Z'}-{Environment.ProcessId}-{Guid.NewGuid():N}.ndjson");
        return new FileStream(Path.Combine(options.Value.Directory, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }
}
