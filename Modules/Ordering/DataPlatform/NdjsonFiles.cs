using System.Text;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Deliveries;

namespace Shop.Ordering.DataPlatform;

/// <summary>
/// The data platform's default form: NDJSON files of this process's own, a new one by UTC day and size. A line is on
/// the disk before it counts as delivered. A disk that is full or broken counts no attempt.
/// </summary>
internal sealed class NdjsonFiles(IOptions<DataPlatformOptions> options, TimeProvider time) : IReceiver, IDisposable
{
    private readonly SemaphoreSlim writing = new(1);
    private NdjsonFile? file;

    /// <summary>How a file is made; it must not exist yet.</summary>
    public Func<string, FileStream> Create { get; init; } = NdjsonFile.Create;

    public int BatchSize => 500;

    public int CallsFree(int underWay) => 1 - underWay;

    public async Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct)
    {
        await writing.WaitAsync(ct);
        try
        {
            return Write(deliveries);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Tries the folder at a start. A full disk is no fault of the configuration: deliveries wait.</summary>
    public static IEnumerable<string> FaultsOf(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var path = Path.Combine(directory, $".probe-{Guid.NewGuid():N}");
            File.Create(path, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
            return [];
        }
        catch (Exception error) when (NdjsonFile.IsDiskError(error) || error is ArgumentException)
        {
            return NdjsonFile.IsFull(error) ? [] : [$"DataPlatform:Directory: can't be written: {error.Message}"];
        }
    }

    public void Dispose()
    {
        file?.Dispose();
        writing.Dispose();
    }

    private List<Attempt> Write(IReadOnlyList<Delivery> deliveries)
    {
        var lines = deliveries.Select(delivery => Encoding.UTF8.GetBytes(delivery.Envelope + "\n")).ToList();
        var attempts = new List<Attempt>(lines.Count);
        string? error = null;
        while (attempts.Count < lines.Count && error is null)
        {
            (var arrived, error) = Append(lines[attempts.Count..]);
            foreach (var delivery in deliveries.Skip(attempts.Count).Take(arrived))
                attempts.Add(Attempt.Taken(delivery));
        }

        foreach (var delivery in deliveries.Skip(attempts.Count))
            attempts.Add(Attempt.Unavailable(delivery, error!));
        return attempts;
    }

    private (int Arrived, string? Error) Append(List<byte[]> lines)
    {
        var today = DateOnly.FromDateTime(time.UtcNow().UtcDateTime);
        try
        {
            if (file?.Takes(lines[0].Length, today) == false)
                Close();
            file ??= new NdjsonFile(NewPath(), today, options.Value.MaximumFileSize, Create);
        }
        catch (Exception error) when (NdjsonFile.IsDiskError(error))
        {
            return (0, error.Message);
        }

        var (arrived, failure) = file.Append(lines);
        // The file may end in half a line now, and is never appended to again.
        if (failure is not null)
            Close();
        return (arrived, failure);
    }

    private void Close()
    {
        file?.Dispose();
        file = null;
    }

    private string NewPath()
    {
        Directory.CreateDirectory(options.Value.Directory);
        var name = FormattableString.Invariant(
            $"orders-{time.UtcNow():yyyyMMdd'T'HHmmss'Z'}-{Environment.ProcessId}-{Guid.NewGuid():N}.ndjson");
        return Path.Combine(options.Value.Directory, name);
    }
}
