using System.Diagnostics.CodeAnalysis;

namespace Shop.Host.Protection;

/// <summary>
/// A token bucket for each caller (GCRA, the form of it that stores one time for each): so many at once, and evenly as
/// many again in each window. Callers share a fixed number of buckets by their hash, so that memory is bounded; there
/// is no timer, no lock and no allocation.
/// </summary>
internal sealed class TokenBuckets(int permits, TimeSpan window, TimeProvider time)
{
    private const int Buckets = 65_536;

    private readonly long windowTicks = (long)(window.TotalSeconds * time.TimestampFrequency);
    private readonly long interval = Math.Max(1, (long)(window.TotalSeconds * time.TimestampFrequency / permits));

    // When each bucket is full again, as a timestamp; in the past for one that is.
    private readonly long[] full = NewBuckets(time.GetTimestamp());

    /// <summary>Takes a token out of the caller's bucket.</summary>
    /// <param name="caller">
    /// A hash with a secret of the process: callers must not be able to choose whose bucket they use.
    /// </param>
    /// <param name="retryAfter">When there is none, the time until the next.</param>
    public bool TryTake(int caller, [NotNullWhen(false)] out TimeSpan? retryAfter)
    {
        retryAfter = null;
        ref var bucket = ref full[(uint)caller % Buckets];
        var now = time.GetTimestamp();
        var seen = Volatile.Read(ref bucket);
        while (true)
        {
            var next = Math.Max(seen, now) + interval;
            if (next - now > windowTicks)
            {
                retryAfter = time.GetElapsedTime(now + windowTicks, next);
                return false;
            }

            var before = Interlocked.CompareExchange(ref bucket, next, seen);
            if (before == seen)
                return true;
            seen = before;
        }
    }

    private static long[] NewBuckets(long now)
    {
        var buckets = new long[Buckets];
        Array.Fill(buckets, now);
        return buckets;
    }
}
