using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;

namespace Shop.Coupons.Queue;

/// <summary>
/// Tells the open streams of this process what becomes of their requests: one query for all of them, whatever their
/// number, and none where nobody watches. It reads the database, so it does not matter which instance processes the
/// queues.
/// </summary>
internal sealed class RequestFeed(
    IServiceScopeFactory scopes,
    IOptions<CouponsOptions> options,
    TimeProvider time,
    ILogger<RequestFeed> log) : Worker(time, log)
{
    private const string SelectRequests = $"{QueueEntryRow.Select} where r.request_id = any(@watched)";

    private readonly ConcurrentDictionary<Watch, byte> watches = new();
    private int open;

    /// <summary>Streams open now.</summary>
    public int Open => Volatile.Read(ref open);

    protected override string Name => "coupon-streams";

    /// <returns>
    /// A watch that gets what is read of the request from now on, or null where there are too many streams. Disposing
    /// ends it.
    /// </returns>
    public Watch? TryWatch(Guid requestId)
    {
        if (Interlocked.Increment(ref open) > options.Value.Streams.Maximum)
        {
            Interlocked.Decrement(ref open);
            return null;
        }

        var watch = new Watch(this, requestId);
        watches.TryAdd(watch, 0);
        return watch;
    }

    /// <returns>Always 0: the next look waits for the interval.</returns>
    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var watched = watches.Keys.ToLookup(watch => watch.RequestId);
        if (watched.Count == 0)
            return 0;

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var rows = await db.QueryAsync<QueueEntryRow>(
            SelectRequests, new { watched = watched.Select(request => request.Key).ToArray() }, ct);
        foreach (var request in rows.Select(row => row.ToEntry()))
        {
            foreach (var watch in watched[request.RequestId])
                watch.Tell(request);
        }

        return 0;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(options.Value.Streams.Interval, Time, ct);

    private void End(Watch watch)
    {
        if (watches.TryRemove(watch, out _))
            Interlocked.Decrement(ref open);
    }

    internal sealed class Watch(RequestFeed feed, Guid requestId) : IDisposable
    {
        // The newest is all that counts.
        private readonly Channel<QueueEntry> news = Channel.CreateBounded<QueueEntry>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

        private QueueEntry? told;

        public Guid RequestId => requestId;

        public ChannelReader<QueueEntry> News => news.Reader;

        // An unchanged state wakes no stream, so that its heartbeat stays due.
        public void Tell(QueueEntry request)
        {
            if (Interlocked.Exchange(ref told, request) != request)
                news.Writer.TryWrite(request);
        }

        public void Dispose() => feed.End(this);
    }
}
