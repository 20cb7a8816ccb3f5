using Shop.Host.Protection;
using Xunit;

namespace Shop.Tests.Protection;

public sealed class TokenBucketsTests
{
    private readonly StoppedTime time = new();

    [Fact]
    public void So_many_at_once_and_evenly_as_many_again_in_each_window()
    {
        var buckets = new TokenBuckets(permits: 4, TimeSpan.FromSeconds(8), time);
        Assert.Equal(4, Take(buckets, times: 6));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, Take(buckets, times: 3));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, Take(buckets, times: 4));
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(4, Take(buckets, times: 6));
    }

    [Fact]
    public void A_refused_caller_is_told_when_there_is_a_token_again()
    {
        var buckets = new TokenBuckets(permits: 4, TimeSpan.FromSeconds(8), time);
        Take(buckets, times: 4);
        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.False(buckets.TryTake(caller: 1, out var pause));
        Assert.Equal(TimeSpan.FromSeconds(1.5), pause);

        // Refusals cost nothing.
        Take(buckets, times: 100);
        time.Advance(pause.Value);
        Assert.True(buckets.TryTake(caller: 1, out _));
    }

    [Fact]
    public void Callers_have_buckets_of_their_own()
    {
        var buckets = new TokenBuckets(permits: 1, TimeSpan.FromHours(1), time);
        foreach (var caller in (int[])[0, 1, -1, int.MinValue + 2, int.MaxValue - 1])
        {
            Assert.True(buckets.TryTake(caller, out _));
            Assert.False(buckets.TryTake(caller, out _));
        }
    }

    [Fact]
    public void A_million_permits_a_second_are_counted()
    {
        var buckets = new TokenBuckets(permits: 1_000_000, TimeSpan.FromSeconds(1), time);
        Assert.Equal(1_000_000, Take(buckets, times: 1_000_100));
    }

    [Fact]
    public void Many_at_once_get_no_more_than_one_after_the_other()
    {
        var buckets = new TokenBuckets(permits: 1_000, TimeSpan.FromHours(1), time);
        var taken = 0;
        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            if (buckets.TryTake(caller: 1, out var _))
                Interlocked.Increment(ref taken);
        });
        Assert.Equal(1_000, taken);
    }

    [Fact]
    public void Taking_a_token_allocates_nothing()
    {
        var buckets = new TokenBuckets(permits: 1_000_000, TimeSpan.FromSeconds(1), time);
        Take(buckets, times: 10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Take(buckets, times: 1_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static int Take(TokenBuckets buckets, int times)
    {
        var taken = 0;
        for (var i = 0; i < times; i++)
            taken += buckets.TryTake(caller: 1, out _) ? 1 : 0;
        return taken;
    }

    private sealed class StoppedTime : TimeProvider
    {
        private long timestamp = 1_000_000_000_000;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => timestamp;

        public void Advance(TimeSpan by) => timestamp += by.Ticks * 100;
    }
}
