using System.Net;
using Shop.BuildingBlocks.Concurrency;
using Shop.BuildingBlocks.Http;
using Xunit;

namespace Shop.Tests.Concurrency;

/// <summary>The permits that one customer may hold of a <see cref="FairConcurrencyLimiter{TFlow}"/>.</summary>
public sealed class FlowLimitTests
{
    private const int Kind = 0;
    private const int OtherKind = 3;
    private const int Kinds = 4;
    private const int Limit = 2;

    private static readonly CallerKey Customer = CallerKey.OfUser(1);
    private static readonly CallerKey OtherCustomer = CallerKey.OfUser(2);
    private static readonly CallerKey Administrator = CallerKey.OfStorefront(1);
    private static readonly CallerKey Network = CallerKey.OfNetwork(ClientNetwork.Of(IPAddress.Loopback));

    [Fact]
    public void A_customer_holds_its_limit_over_all_kinds_and_others_the_rest()
    {
        var limiter = Limiter(permitLimit: 7, queueLimit: 0);
        Assert.True(limiter.TryAcquire(Customer, Kind));
        Assert.True(limiter.TryAcquire(Customer, OtherKind));
        Assert.False(limiter.TryAcquire(Customer, Kind));
        Assert.Equal(Limit, Exhaust(limiter, OtherCustomer, Kind));
        Assert.Equal(7 - 2 * Limit, Exhaust(limiter, Administrator, Kind));

        limiter.Release(Customer, OtherKind);
        Assert.True(limiter.TryAcquire(Customer, Kind));
        Assert.False(limiter.TryAcquire(Customer, Kind));
    }

    [Fact]
    public void Callers_that_act_for_others_have_no_limit()
    {
        Assert.Equal(7, Exhaust(Limiter(permitLimit: 7, queueLimit: 0), Administrator, Kind));
        Assert.Equal(7, Exhaust(Limiter(permitLimit: 7, queueLimit: 0), Network, Kind));
    }

    [Fact]
    public async Task A_customer_at_its_limit_waits_for_its_own_request_and_delays_nobody()
    {
        var limiter = Limiter(permitLimit: 7, queueLimit: 10);
        Assert.Equal(Limit, Exhaust(limiter, Customer, Kind));
        var flood = Wait(limiter, Customer, Kind, requests: 5);

        Assert.True(limiter.TryAcquire(OtherCustomer, Kind));
        Assert.Equal(WaitResult.Granted, await limiter.WaitAsync(OtherCustomer, Kind, CancellationToken.None));
        limiter.Release(OtherCustomer, Kind);
        Assert.All(flood, waiting => Assert.False(waiting.IsCompleted));

        limiter.Release(Customer, Kind);
        Assert.Equal(WaitResult.Granted, await flood[0]);
        Assert.Equal(1, flood.Count(waiting => waiting.IsCompleted));
    }

    [Fact]
    public async Task A_waiter_of_another_is_granted_past_a_customer_at_its_limit()
    {
        var limiter = Limiter(permitLimit: 3, queueLimit: 10);
        Assert.Equal(Limit, Exhaust(limiter, Customer, Kind));
        Assert.True(limiter.TryAcquire(Administrator, Kind));
        var flood = Wait(limiter, Customer, Kind, requests: 5);
        var other = limiter.WaitAsync(OtherCustomer, Kind, CancellationToken.None);

        limiter.Release(Administrator, Kind);
        Assert.Equal(WaitResult.Granted, await other);
        Assert.All(flood, waiting => Assert.False(waiting.IsCompleted));
    }

    [Fact]
    public async Task One_request_that_ends_lets_two_go_where_permits_of_another_kind_were_free()
    {
        // One permit of each kind's own, four shared.
        var limiter = Limiter(permitLimit: 8, queueLimit: 10);
        Assert.True(limiter.TryAcquire(Customer, Kind));
        Assert.True(limiter.TryAcquire(Customer, Kind));
        Assert.Equal(3, Exhaust(limiter, Administrator, Kind));
        var free = limiter.WaitAsync(Customer, OtherKind, CancellationToken.None);
        var full = limiter.WaitAsync(OtherCustomer, Kind, CancellationToken.None);
        Assert.False(free.IsCompleted || full.IsCompleted);

        limiter.Release(Customer, Kind);
        Assert.Equal(WaitResult.Granted, await free);
        Assert.Equal(WaitResult.Granted, await full);
    }

    [Fact]
    public async Task A_waiter_at_its_limit_that_leaves_costs_nothing()
    {
        var limiter = Limiter(permitLimit: 7, queueLimit: 10);
        Assert.Equal(Limit, Exhaust(limiter, Customer, Kind));
        using var leaving = new CancellationTokenSource();
        var left = limiter.WaitAsync(Customer, Kind, leaving.Token);
        var next = limiter.WaitAsync(Customer, Kind, CancellationToken.None);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);

        limiter.Release(Customer, Kind);
        Assert.Equal(WaitResult.Granted, await next);
    }

    [Fact]
    public async Task Under_many_threads_no_customer_has_more_than_its_limit_and_no_permit_is_lost()
    {
        const int Permits = 12;
        const int Customers = 4;
        var limiter = Limiter(Permits, queueLimit: 1_000);
        var (held, most) = (new int[Customers], new int[Customers]);
        await Task.WhenAll(Enumerable.Range(0, 64).Select(number => Task.Run(async () =>
        {
            var random = new Random(number);
            var customer = number % Customers;
            var key = CallerKey.OfUser(customer);
            for (var i = 0; i < 300; i++)
            {
                var kind = random.Next(Kinds);
                using var leaving = new CancellationTokenSource();
                var waiting = limiter.WaitAsync(key, kind, leaving.Token);
                if (random.Next(4) == 0)
                    await leaving.CancelAsync();
                try
                {
                    Assert.Equal(WaitResult.Granted, await waiting);
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                var now = Interlocked.Increment(ref held[customer]);
                InterlockedMaximum(ref most[customer], now);
                await Task.Yield();
                Interlocked.Decrement(ref held[customer]);
                limiter.Release(key, kind);
            }
        })));

        Assert.All(most, maximum => Assert.InRange(maximum, 1, Limit));
        Assert.All(Enumerable.Range(0, Customers), customer => Assert.Equal(
            Limit, Exhaust(limiter, CallerKey.OfUser(customer), customer)));
        Assert.Equal(
            Permits - Customers * Limit,
            Enumerable.Range(0, Kinds).Sum(kind => Exhaust(limiter, Administrator, kind)));
    }

    private static FairConcurrencyLimiter<CallerKey> Limiter(int permitLimit, int queueLimit) =>
        new(permitLimit, queueLimit, Kinds, new FlowLimit<CallerKey>(Limit, caller => caller.IsCustomer));

    private static List<Task<WaitResult>> Wait(
        FairConcurrencyLimiter<CallerKey> limiter, CallerKey caller, int kind, int requests) =>
        [.. Enumerable.Range(0, requests).Select(_ => limiter.WaitAsync(caller, kind, CancellationToken.None))];

    private static int Exhaust(FairConcurrencyLimiter<CallerKey> limiter, CallerKey caller, int kind)
    {
        var taken = 0;
        while (limiter.TryAcquire(caller, kind))
            taken++;
        return taken;
    }

    private static void InterlockedMaximum(ref int maximum, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref maximum)) < value)
            Interlocked.CompareExchange(ref maximum, value, seen);
    }
}
