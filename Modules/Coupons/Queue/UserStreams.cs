using Microsoft.Extensions.Options;

namespace Shop.Coupons.Queue;

/// <summary>Counts the open streams of each user in this process. An entry lives as long as its user has one.</summary>
internal sealed class UserStreams(IOptions<CouponsOptions> options)
{
    private readonly Lock counting = new();
    private readonly Dictionary<long, int> open = [];

    /// <returns>To be disposed when the stream ends, or null where the user has as many as allowed.</returns>
    public IDisposable? TryOpen(long userId)
    {
        lock (counting)
        {
            var streams = open.GetValueOrDefault(userId);
            if (streams >= options.Value.Streams.MaximumPerUser)
                return null;
            open[userId] = streams + 1;
            return new OpenStream(this, userId);
        }
    }

    private void Close(long userId)
    {
        lock (counting)
        {
            if (--open[userId] == 0)
                open.Remove(userId);
        }
    }

    private sealed class OpenStream(UserStreams streams, long userId) : IDisposable
    {
        private int closed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref closed, 1) == 0)
                streams.Close(userId);
        }
    }
}
