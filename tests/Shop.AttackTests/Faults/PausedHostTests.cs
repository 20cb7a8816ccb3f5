using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests.Faults;

/// <summary>One of two hosts stands still in the middle of its transactions (SIGSTOP).</summary>
public sealed class PausedHostTests(AttackedShop shop, ITestOutputHelper output) : FaultTest(shop, output)
{
    private const int Each = 32;
    private const int HotProducts = 20;

    [Fact]
    public async Task The_other_host_serves_on()
    {
        var another = await StartHostAsync();
        var buyers = await Shop.RegularsAsync(Host, 2 * Each);
        await using var here = CheckingOut(Host, [.. buyers.Take(Each)], Hot);
        await using var there = CheckingOut(another, [.. buyers.Skip(Each)], Hot);

        await AssertGoesOnAsync(
            here,
            () =>
            {
                another.Pause();
                return Task.FromResult<IAsyncDisposable>(new Paused(another));
            },
            seconds: 6);

        await here.LeaveAsync();
        await there.LeaveAsync();
        Tell($"on the healthy host: {here}; on the one that paused: {there}");
        here.Answers.AssertOnly(201, 503);
        there.Answers.AssertOnly(201, 503);
        Assert.True(here.Answers[503] <= here.Successes / 100, $"{here}");
        await UntilDeliveredAsync();
        await AssertConsistentAsync();
    }

    // Both hosts sell the same few products, so that what the paused one has locked is wanted.
    private long Hot() => Shop.FirstProduct + 30_000 + Random.Shared.Next(HotProducts);

    private sealed class Paused(HostProcess host) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            host.Resume();
            return ValueTask.CompletedTask;
        }
    }
}
