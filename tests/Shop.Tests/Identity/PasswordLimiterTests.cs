using System.Net;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Http;
using Shop.Identity.Users;
using Shop.Messages;
using Xunit;

namespace Shop.Tests.Identity;

public sealed class PasswordLimiterTests
{
    private static readonly ClientNetwork Flood = ClientNetwork.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly ClientNetwork Bystander = ClientNetwork.Of(IPAddress.Parse("192.0.2.2"));

    [Theory]
    [InlineData(1, 32, 4, 1)]
    [InlineData(2, 32, 4, 1)]
    [InlineData(4, 32, 8, 2)]
    [InlineData(64, 32, 8, 8)]
    [InlineData(64, 1_000, 128, 32)]
    [InlineData(2, 1, 1, 1)]
    public void Half_of_the_processors_and_a_quarter_of_the_pool_are_used(
        int processors, int pool, int requests, int hashes)
    {
        var limits = PasswordLimits.Of(new PasswordLimitOptions(), processors, pool);
        Assert.Equal((requests, hashes), (limits.Requests, limits.Hashes));
    }

    [Fact]
    public async Task Networks_take_turns()
    {
        var limiter = Limiter(1, queue: 8);
        var served = new List<string>();
        var first = await limiter.AcquireAsync(Flood, CancellationToken.None);
        Task[] waiting =
        [
            ServeAsync(limiter, Flood, "flood 1", served),
            ServeAsync(limiter, Flood, "flood 2", served),
            ServeAsync(limiter, Flood, "flood 3", served),
            ServeAsync(limiter, Bystander, "bystander 1", served),
            ServeAsync(limiter, Bystander, "bystander 2", served),
        ];
        first.Dispose();
        await Task.WhenAll(waiting);

        Assert.Equal(["flood 1", "bystander 1", "flood 2", "bystander 2", "flood 3"], served);
    }

    [Fact]
    public async Task Networks_that_flood_lose_their_own_requests_and_a_newcomer_has_its_turn()
    {
        var limiter = Limiter(1, queue: 16);
        var first = await limiter.AcquireAsync(Flood, CancellationToken.None);
        var floods = Enumerable.Range(0, 8)
            .Select(i => Enumerable.Range(0, 10).Select(_ => Start(limiter, Network(100 + i))).ToList())
            .ToList();
        var bystander = Start(limiter, Bystander);

        // Two requests of each network fill the queue; the newcomer takes the place of one of them.
        foreach (var refused in floods.SelectMany(flood => flood.Skip(2)))
            await AssertRefusedAsync(refused, "rate_limited", 429);
        await AssertRefusedAsync(await Task.WhenAny(floods.Select(flood => flood[1])), "rate_limited", 429);
        Assert.False(bystander.IsCompleted);
        first.Dispose();
        foreach (var flood in floods)
            (await flood[0]).Dispose();
        (await bystander).Dispose();
    }

    [Fact]
    public async Task A_queue_that_many_networks_fill_is_unavailable_to_one_more()
    {
        var limiter = Limiter(1, queue: 2);
        var first = await limiter.AcquireAsync(Flood, CancellationToken.None);
        List<Task<IDisposable>> waiting = [Start(limiter, Network(100)), Start(limiter, Network(101))];

        await AssertRefusedAsync(Start(limiter, Bystander), "unavailable", 503);
        await AssertRefusedAsync(Start(limiter, Network(100)), "rate_limited", 429);

        first.Dispose();
        foreach (var next in waiting)
            (await next).Dispose();
        (await limiter.AcquireAsync(Flood, CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task A_caller_that_leaves_the_queue_makes_room_and_gets_no_permit()
    {
        var limiter = Limiter(1, queue: 1);
        var first = await limiter.AcquireAsync(Flood, CancellationToken.None);
        using var leaving = new CancellationTokenSource();
        var left = limiter.AcquireAsync(Flood, leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);

        var next = Start(limiter, Bystander);
        first.Dispose();
        first.Dispose();
        using (await next)
            Assert.False(Start(limiter, Flood).IsCompleted);
    }

    [Fact]
    public async Task However_many_come_and_leave_at_once_permits_are_neither_lost_nor_doubled()
    {
        const int Permits = 3;
        var limiter = Limiter(Permits, queue: 10_000);
        var (atOnce, most, served, cancelled) = (0, 0, 0, 0);
        await Parallel.ForAsync(0, 2_000, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            using var caller = new CancellationTokenSource();
            var acquiring = limiter.AcquireAsync(i % 2 == 0 ? Flood : Bystander, caller.Token);
            if (i % 3 == 0)
                await caller.CancelAsync();
            try
            {
                using var permit = await acquiring;
                InterlockedMax(ref most, Interlocked.Increment(ref atOnce));
                await Task.Yield();
                Interlocked.Decrement(ref atOnce);
                Interlocked.Increment(ref served);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref cancelled);
            }
        });

        Assert.Equal(2_000, served + cancelled);
        Assert.InRange(most, 1, Permits);
        var permits = await Task.WhenAll(Enumerable.Range(0, Permits).Select(_ => Start(limiter, Flood)));
        Assert.False(Start(limiter, Flood).IsCompleted);
        Assert.Equal(Permits, permits.Length);
    }

    private static ClientNetwork Network(int number) => ClientNetwork.Of(IPAddress.Parse($"192.0.2.{number}"));

    private static Task<IDisposable> Start(PasswordLimiter limiter, ClientNetwork network) =>
        limiter.AcquireAsync(network, CancellationToken.None);

    private static PasswordLimiter Limiter(int permits, int queue) =>
        new(new PasswordLimits(permits, Hashes: 1, queue));

    private static async Task ServeAsync(
        PasswordLimiter limiter, ClientNetwork network, string name, List<string> served)
    {
        // One at a time: the limiter has one permit.
        using var permit = await limiter.AcquireAsync(network, CancellationToken.None);
        served.Add(name);
    }

    private static async Task AssertRefusedAsync(Task<IDisposable> acquiring, string code, int status)
    {
        var refused = await Assert.ThrowsAsync<ErrorException>(() => acquiring);
        Assert.Equal((code, status), (refused.Error.Code, refused.Error.Status));
        Assert.True(refused.Error.RetryAfter > TimeSpan.Zero);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
