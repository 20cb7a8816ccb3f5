using System.Net;
using Shop.BuildingBlocks.Concurrency;
using Shop.BuildingBlocks.Http;
using Xunit;

namespace Shop.Tests.Concurrency;

public sealed class FairConcurrencyLimiterTests
{
    private const int Kind = 0;
    private const int OtherKind = 3;
    private const int Kinds = 4;

    private static readonly CallerKey Exempt = CallerKey.OfStorefront(1);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 7, 7)]
    [InlineData(8, 5, 8)]
    [InlineData(128, 104, 128)]
    public void No_kind_can_hold_all_permits_and_every_kind_has_some_of_its_own(int total, int ofOneKind, int ofAll)
    {
        var limiter = Limiter(total, queueLimit: 0);
        Assert.Equal(ofOneKind, Exhaust(limiter, Kind));
        Assert.Equal(ofAll, ofOneKind + Enumerable.Range(0, Kinds).Sum(kind => Exhaust(limiter, kind)));
    }

    [Fact]
    public async Task A_permit_that_is_given_back_goes_to_each_kind_in_turn()
    {
        var limiter = Limiter(permitLimit: 1, queueLimit: 10);
        Assert.True(limiter.TryAcquire(Exempt, OtherKind));
        var flood = Flood(limiter, 5, Kind, Network(1));
        var checkout = limiter.WaitAsync(User(1), OtherKind, CancellationToken.None);

        limiter.Release(Exempt, OtherKind);
        Assert.Equal(WaitResult.Granted, await flood[0]);
        Assert.False(checkout.IsCompleted);
        limiter.Release(Exempt, Kind);
        Assert.Equal(WaitResult.Granted, await checkout);
        Assert.False(flood[1].IsCompleted);
        limiter.Release(Exempt, OtherKind);
        Assert.Equal(WaitResult.Granted, await flood[1]);
    }

    [Fact]
    public async Task Callers_of_a_kind_take_turns()
    {
        var limiter = Limiter(permitLimit: 1, queueLimit: 100);
        Assert.True(limiter.TryAcquire(Exempt, OtherKind));
        var flood = Flood(limiter, 50, OtherKind, User(1));
        var other = limiter.WaitAsync(User(2), OtherKind, CancellationToken.None);

        limiter.Release(Exempt, OtherKind);
        Assert.Equal(WaitResult.Granted, await flood[0]);
        limiter.Release(Exempt, OtherKind);
        Assert.Equal(WaitResult.Granted, await other);
        Assert.Equal(1, flood.Count(waiting => waiting.IsCompleted));
    }

    [Fact]
    public async Task A_full_queue_refuses_the_caller_that_floods_and_no_other_kind_or_caller()
    {
        var limiter = Limiter(permitLimit: 1, queueLimit: 3);
        Assert.True(limiter.TryAcquire(Exempt, Kind));
        var flood = Flood(limiter, 5, Kind, Network(1));
        Assert.All(await Task.WhenAll(flood[3..]), result => Assert.Equal(WaitResult.FlowFull, result));

        var other = limiter.WaitAsync(Network(2), Kind, CancellationToken.None);
        var checkout = limiter.WaitAsync(User(1), OtherKind, CancellationToken.None);
        Assert.Equal(WaitResult.FlowFull, await flood[2]);
        Task[] waiting = [flood[0], flood[1], other, checkout];
        Assert.DoesNotContain(waiting, waiter => waiter.IsCompleted);
    }

    [Fact]
    public async Task A_queue_that_many_fill_says_so_to_the_one_more_and_its_own_share_to_those_with_more()
    {
        var limiter = Limiter(permitLimit: 1, queueLimit: 2);
        Assert.True(limiter.TryAcquire(Exempt, Kind));
        var first = limiter.WaitAsync(Network(1), Kind, CancellationToken.None);
        var second = limiter.WaitAsync(Network(2), Kind, CancellationToken.None);

        Assert.Equal(WaitResult.QueueFull, await limiter.WaitAsync(Network(3), Kind, CancellationToken.None));
        Assert.Equal(WaitResult.FlowFull, await limiter.WaitAsync(Network(1), Kind, CancellationToken.None));
        Assert.False(first.IsCompleted || second.IsCompleted);
    }

    [Fact]
    public async Task Networks_of_one_ipv6_48_are_one_caller()
    {
        var limiter = Limiter(permitLimit: 1, queueLimit: 3);
        Assert.True(limiter.TryAcquire(Exempt, Kind));
        var site = Enumerable.Range(1, 3)
            .Select(i => limiter.WaitAsync(Network($"2001:db8:1:{i}::1"), Kind, CancellationToken.None))
            .ToList();
        var other = limiter.WaitAsync(Network("2001:db8:2:1::1"), Kind, CancellationToken.None);

        Assert.Equal(WaitResult.FlowFull, await site[2]);
        Assert.False(other.IsCompleted);
    }

    [Fact]
    public async Task A_permit_is_given_back_once()
    {
        var limiter = new FairConcurrencyLimiter<int>(permitLimit: 1, queueLimit: 0);
        var (_, permit) = await limiter.AcquireAsync(1, CancellationToken.None);
        Assert.Equal((WaitResult.QueueFull, null), await limiter.AcquireAsync(1, CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => limiter.AcquireAsync(1, new CancellationToken(canceled: true)));

        permit!.Dispose();
        permit.Dispose();
        Assert.True(limiter.TryAcquire(1));
        Assert.False(limiter.TryAcquire(1));
    }

    [Fact]
    public async Task A_waiter_that_leaves_is_granted_nothing_and_costs_no_permit()
    {
        var limiter = Limiter(permitLimit: 1, queueLimit: 10);
        Assert.True(limiter.TryAcquire(Exempt, Kind));
        using var leaving = new CancellationTokenSource();
        var left = limiter.WaitAsync(Network(1), Kind, leaving.Token);
        var other = limiter.WaitAsync(Network(1), Kind, CancellationToken.None);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => limiter.WaitAsync(Network(1), Kind, new CancellationToken(canceled: true)));

        limiter.Release(Exempt, Kind);
        Assert.Equal(WaitResult.Granted, await other);
        limiter.Release(Exempt, Kind);
        Assert.True(limiter.TryAcquire(Exempt, Kind));
    }

    [Fact]
    public async Task Under_many_threads_no_permit_is_lost_or_given_twice()
    {
        const int Permits = 12;
        var limiter = Limiter(Permits, queueLimit: 6);
        var (held, most, granted, refused, left) = (0, 0, 0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 64).Select(number => Task.Run(async () =>
        {
            var random = new Random(number);
            for (var i = 0; i < 500; i++)
            {
                var kind = random.Next(Kinds);
                using var leaving = new CancellationTokenSource();
                var waiting = limiter.TryAcquire(User(number % 8), kind)
                    ? Task.FromResult(WaitResult.Granted)
                    : limiter.WaitAsync(User(number % 8), kind, leaving.Token);
                if (random.Next(4) == 0)
                    await leaving.CancelAsync();
                try
                {
                    if (await waiting != WaitResult.Granted)
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
                limiter.Release(User(number % 8), kind);
            }
        })));

        Assert.InRange(most, 2, Permits);
        Assert.True(granted > 0 && refused > 0 && left > 0, $"{granted} granted, {refused} refused, {left} left");
        Assert.Equal(Permits, Enumerable.Range(0, Kinds).Sum(kind => Exhaust(limiter, kind)));
    }

    private static FairConcurrencyLimiter<CallerKey> Limiter(int permitLimit, int queueLimit) =>
        new(permitLimit, queueLimit, Kinds);

    private static List<Task<WaitResult>> Flood(
        FairConcurrencyLimiter<CallerKey> limiter, int requests, int kind, CallerKey caller) =>
        [.. Enumerable.Range(0, requests).Select(_ => limiter.WaitAsync(caller, kind, CancellationToken.None))];

    private static int Exhaust(FairConcurrencyLimiter<CallerKey> limiter, int kind)
    {
        var taken = 0;
        while (limiter.TryAcquire(Exempt, kind))
            taken++;
        return taken;
    }

    private static void InterlockedMaximum(ref int maximum, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref maximum)) < value)
            Interlocked.CompareExchange(ref maximum, value, seen);
    }

    private static CallerKey User(long id) => CallerKey.OfUser(id);

    private static CallerKey Network(string address) =>
        CallerKey.OfNetwork(ClientNetwork.Of(IPAddress.Parse(address)));

    private static CallerKey Network(byte number) => Network($"192.0.2.{number}");
}
