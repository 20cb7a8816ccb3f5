using System.Net;
using Shop.BuildingBlocks.Http;
using Shop.Host.Protection.Concurrency;
using Xunit;

namespace Shop.Tests.Protection;

public sealed class FairConcurrencyLimiterTests
{
    private static readonly RequestKind[] Kinds = Enum.GetValues<RequestKind>();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 7, 7)]
    [InlineData(8, 5, 8)]
    [InlineData(128, 104, 128)]
    public void No_kind_can_hold_all_permits_and_every_kind_has_some_of_its_own(int total, int ofOneKind, int ofAll)
    {
        var limiter = new FairConcurrencyLimiter(total, queueLimit: 0);
        Assert.Equal(ofOneKind, Exhaust(limiter, RequestKind.AnonymousRead));
        Assert.Equal(ofAll, ofOneKind + Kinds.Sum(kind => Exhaust(limiter, kind)));
    }

    [Fact]
    public async Task A_permit_that_is_given_back_goes_to_each_kind_in_turn()
    {
        var limiter = new FairConcurrencyLimiter(permitLimit: 1, queueLimit: 10);
        Assert.True(limiter.TryAcquire(RequestKind.SignedInWrite));
        var flood = Flood(limiter, 5, RequestKind.AnonymousRead, Network(1));
        var checkout = limiter.WaitAsync(RequestKind.SignedInWrite, User(1), CancellationToken.None);

        limiter.Release(RequestKind.SignedInWrite);
        Assert.True(await flood[0]);
        Assert.False(checkout.IsCompleted);
        limiter.Release(RequestKind.AnonymousRead);
        Assert.True(await checkout);
        Assert.False(flood[1].IsCompleted);
        limiter.Release(RequestKind.SignedInWrite);
        Assert.True(await flood[1]);
    }

    [Fact]
    public async Task Callers_of_a_kind_take_turns()
    {
        var limiter = new FairConcurrencyLimiter(permitLimit: 1, queueLimit: 100);
        Assert.True(limiter.TryAcquire(RequestKind.SignedInWrite));
        var flood = Flood(limiter, 50, RequestKind.SignedInWrite, User(1));
        var other = limiter.WaitAsync(RequestKind.SignedInWrite, User(2), CancellationToken.None);

        limiter.Release(RequestKind.SignedInWrite);
        Assert.True(await flood[0]);
        limiter.Release(RequestKind.SignedInWrite);
        Assert.True(await other);
        Assert.Equal(1, flood.Count(waiting => waiting.IsCompleted));
    }

    [Fact]
    public async Task A_full_queue_refuses_the_caller_that_floods_and_no_other_kind_or_caller()
    {
        var limiter = new FairConcurrencyLimiter(permitLimit: 1, queueLimit: 3);
        Assert.True(limiter.TryAcquire(RequestKind.AnonymousRead));
        var flood = Flood(limiter, 5, RequestKind.AnonymousRead, Network(1));
        Assert.All(await Task.WhenAll(flood[3..]), Assert.False);

        var other = limiter.WaitAsync(RequestKind.AnonymousRead, Network(2), CancellationToken.None);
        var checkout = limiter.WaitAsync(RequestKind.SignedInWrite, User(1), CancellationToken.None);
        Assert.False(await flood[2]);
        Assert.All((Task<bool>[])[flood[0], flood[1], other, checkout], waiting => Assert.False(waiting.IsCompleted));
    }

    [Fact]
    public async Task A_waiter_that_leaves_is_granted_nothing_and_costs_no_permit()
    {
        var limiter = new FairConcurrencyLimiter(permitLimit: 1, queueLimit: 10);
        Assert.True(limiter.TryAcquire(RequestKind.AnonymousRead));
        using var leaving = new CancellationTokenSource();
        var left = limiter.WaitAsync(RequestKind.AnonymousRead, Network(1), leaving.Token);
        var other = limiter.WaitAsync(RequestKind.AnonymousRead, Network(1), CancellationToken.None);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => limiter.WaitAsync(RequestKind.AnonymousRead, Network(1), new CancellationToken(canceled: true)));

        limiter.Release(RequestKind.AnonymousRead);
        Assert.True(await other);
        limiter.Release(RequestKind.AnonymousRead);
        Assert.True(limiter.TryAcquire(RequestKind.AnonymousRead));
    }

    [Fact]
    public async Task Under_many_threads_no_permit_is_lost_or_given_twice()
    {
        const int Permits = 12;
        var limiter = new FairConcurrencyLimiter(Permits, queueLimit: 6);
        var (held, most, granted, refused, left) = (0, 0, 0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 64).Select(number => Task.Run(async () =>
        {
            var random = new Random(number);
            for (var i = 0; i < 500; i++)
            {
                var kind = Kinds[random.Next(Kinds.Length)];
                using var leaving = new CancellationTokenSource();
                var waiting = limiter.TryAcquire(kind)
                    ? Task.FromResult(true)
                    : limiter.WaitAsync(kind, User(number % 8), leaving.Token);
                if (random.Next(4) == 0)
                    await leaving.CancelAsync();
                try
                {
                    if (!await waiting)
                    {
                        Interlocked.Increment(ref refused);
                        continue;
                    }
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref left);
                    continue;
                }

                Interlocked.Increment(ref granted);
                InterlockedMaximum(ref most, Interlocked.Increment(ref held));
                for (var turn = 0; turn < 5; turn++)
                    await Task.Yield();
                Interlocked.Decrement(ref held);
                limiter.Release(kind);
            }
        })));

        Assert.InRange(most, 2, Permits);
        Assert.True(granted > 0 && refused > 0 && left > 0, $"{granted} granted, {refused} refused, {left} left");
        Assert.Equal(Permits, Kinds.Sum(kind => Exhaust(limiter, kind)));
    }

    private static List<Task<bool>> Flood(
        FairConcurrencyLimiter limiter, int requests, RequestKind kind, CallerKey caller) =>
        [.. Enumerable.Range(0, requests).Select(_ => limiter.WaitAsync(kind, caller, CancellationToken.None))];

    private static int Exhaust(FairConcurrencyLimiter limiter, RequestKind kind)
    {
        var taken = 0;
        while (limiter.TryAcquire(kind))
            taken++;
        return taken;
    }

    private static void InterlockedMaximum(ref int maximum, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref maximum)) < value)
            Interlocked.CompareExchange(ref maximum, value, seen);
    }

    private static CallerKey User(long id) => new(id, default);

    private static CallerKey Network(byte number) => new(null, ClientNetwork.Of(new IPAddress([192, 0, 2, number])));
}
