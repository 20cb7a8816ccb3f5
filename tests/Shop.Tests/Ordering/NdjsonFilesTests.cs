using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Deliveries;
using Shop.Ordering.DataPlatform;
using Xunit;

namespace Shop.Tests.Ordering;

public sealed class NdjsonFilesTests : IDisposable
{
    private readonly string directory = Path.Combine(Path.GetTempPath(), $"shop-ndjson-{Guid.NewGuid():N}");
    private readonly Clock clock = new();

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task A_file_takes_lines_up_to_its_size_and_a_longer_line_gets_a_file_of_its_own()
    {
        using var files = Files(maximumSize: 1_024);
        var shorter = Enumerable.Range(0, 7).Select(i => Line(i, length: 300));
        List<string> lines = [.. shorter, Line(7, length: 2_000), Line(8, length: 10)];

        await SendAsync(files, [.. lines.Take(2)]);
        await SendAsync(files, [.. lines.Skip(2)]);

        Assert.Equal([1, 1, 1, 3, 3], Written().Select(file => file.Length).Order());
        Assert.Equal(lines.Order(), Written().SelectMany(file => file).Order());
    }

    [Fact]
    public async Task A_new_day_is_a_new_file()
    {
        using var files = Files();
        await SendAsync(files, "1");
        await SendAsync(files, "2");
        clock.Now += TimeSpan.FromDays(1);
        await SendAsync(files, "3");

        Assert.Equal([["1", "2"], ["3"]], Written());
        Assert.Equal(["orders-20261121", "orders-20261122"], Paths().Select(path => Path.GetFileName(path)[..15]));
    }

    [Fact]
    public async Task Two_of_them_never_share_a_file()
    {
        using var one = Files();
        using var other = Files();
        await Task.WhenAll(SendAsync(one, "1"), SendAsync(other, "2"));
        Assert.Equal(["1", "2"], Written().Select(Assert.Single).Order());
    }

    [Fact]
    public async Task A_disk_without_room_counts_nothing_and_leaves_no_empty_files()
    {
        // Every write to /dev/full is ENOSPC, the operating system's own.
        using var files = new NdjsonFiles(Settings(1 << 20), clock)
        {
            Create = path =>
            {
                NdjsonFile.Create(path).Dispose();
                return new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            },
        };
        var attempts = await SendAsync(files, "1", "2");

        Assert.All(attempts, attempt => Assert.Equal(AttemptResult.Unavailable, attempt.Result));
        Assert.StartsWith("No space left on device", attempts[0].Error, StringComparison.Ordinal);
        Assert.Empty(Paths());
    }

    [Fact]
    public async Task A_disk_that_runs_full_keeps_the_whole_lines_and_the_torn_one_goes_into_the_next_file()
    {
        var room = 10;
        using var files = new NdjsonFiles(Settings(1 << 20), clock) { Create = path => new SmallDisk(path, room) };
        string[] lines = ["aaa", "bbb", "ccc"];
        var attempts = await SendAsync(files, lines);
        Assert.Equal(
            [AttemptResult.Arrived, AttemptResult.Arrived, AttemptResult.Unavailable],
            attempts.Select(attempt => attempt.Result));
        Assert.Equal("aaa\nbbb\ncc", await File.ReadAllTextAsync(Assert.Single(Paths())));

        room = 1_000;
        Assert.Equal(AttemptResult.Arrived, Assert.Single(await SendAsync(files, "ccc")).Result);
        Assert.Equal(2, Paths().Count);
        // As a reader does: text behind the last line end of a file is ignored.
        Assert.Equal(lines, Paths().SelectMany(path => File.ReadAllText(path).Split('\n')[..^1]).Order());
    }

    [Fact]
    public async Task Lines_that_were_never_flushed_have_not_arrived()
    {
        using var files = new NdjsonFiles(Settings(1 << 20), clock)
        {
            Create = path => new SmallDisk(path, room: 1_000) { FailsToFlush = true },
        };
        var attempts = await SendAsync(files, "1", "2");
        Assert.All(attempts, attempt => Assert.Equal(AttemptResult.Unavailable, attempt.Result));
    }

    [Fact]
    public async Task Lines_that_went_with_their_file_are_to_be_written_again()
    {
        using var files = Files();
        await SendAsync(files, "1");
        File.Delete(Assert.Single(Paths()));

        Assert.Equal(AttemptResult.Unavailable, Assert.Single(await SendAsync(files, "2")).Result);
        Assert.Equal(AttemptResult.Arrived, Assert.Single(await SendAsync(files, "2")).Result);
        Assert.Equal([["2"]], Written());
    }

    private NdjsonFiles Files(long maximumSize = 1 << 20) => new(Settings(maximumSize), clock);

    private IOptions<DataPlatformOptions> Settings(long maximumSize) =>
        Options.Create(new DataPlatformOptions { Directory = directory, MaximumFileSize = maximumSize });

    private static Task<IReadOnlyList<Attempt>> SendAsync(NdjsonFiles files, params string[] lines) =>
        files.SendAsync([.. lines.Select(Delivery)], CancellationToken.None);

    private static Delivery Delivery(string line) =>
        new(
            DeliveryId: 1,
            Guid.NewGuid(),
            Guid.NewGuid().ToString(),
            line,
            Attempts: 0,
            Failures: 0,
            Guid.NewGuid(),
            ClaimedAt: DateTimeOffset.UtcNow);

    private static string Line(int number, int length) => number + new string('x', length - 2);

    private List<string> Paths() => [.. Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal)];

    private List<string[]> Written() => [.. Paths().Select(File.ReadAllLines)];

    private sealed class SmallDisk(string path, int room)
        : FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0)
    {
        public bool FailsToFlush { get; init; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = (int)Math.Min(buffer.Length, room - Length);
            base.Write(buffer[..fits]);
            if (fits < buffer.Length)
                throw new IOException("No space left on device");
        }

        public override void Flush(bool flushToDisk)
        {
            if (FailsToFlush)
                throw new IOException("Input/output error");
            base.Flush(flushToDisk);
        }
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 23, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
