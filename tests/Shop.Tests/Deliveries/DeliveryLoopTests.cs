using Microsoft.Extensions.Logging.Abstractions;
using Shop.BuildingBlocks.Deliveries;
using Xunit;

namespace Shop.Tests.Deliveries;

public sealed class DeliveryLoopTests
{
    [Fact]
    public async Task A_host_that_stops_in_a_claim_marks_what_is_under_way()
    {
        using var stop = new CancellationTokenSource();
        var answer = new TaskCompletionSource();
        var queue = new OneDelivery(() =>
        {
            stop.Cancel();
            answer.SetResult();
        });
        var loop = new DeliveryLoop(
            queue, new SlowReceiver(answer.Task), "a receiver", TimeProvider.System, NullLogger.Instance);
        Assert.Equal(1, await loop.RunAsync(stop.Token));
        Assert.Equal(AttemptResult.Arrived, Assert.Single(queue.Marked).Result);
    }

    /// <param name="inSecondClaim">Happens in the second claim, which is then cancelled.</param>
    private sealed class OneDelivery(Action inSecondClaim) : IDeliveries
    {
        private int claims;

        public List<Attempt> Marked { get; } = [];

        public Task<IReadOnlyList<Delivery>> ClaimAsync(int limit, CancellationToken ct)
        {
            if (claims++ == 0)
                return Task.FromResult<IReadOnlyList<Delivery>>(
                    [new(1, Guid.NewGuid(), "order", "{}", 0, 0, Guid.NewGuid(), DateTimeOffset.UnixEpoch)]);
            inSecondClaim();
            return Task.FromCanceled<IReadOnlyList<Delivery>>(ct);
        }

        public Task MarkAsync(IReadOnlyList<Attempt> attempts)
        {
            Marked.AddRange(attempts);
            return Task.CompletedTask;
        }
    }

    private sealed class SlowReceiver(Task answer) : IReceiver
    {
        public int BatchSize => 1;

        public int CallsFree(int underWay) => 2 - underWay;

        public async Task<IReadOnlyList<Attempt>> SendAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct)
        {
            await answer;
            return [.. deliveries.Select(Attempt.Taken)];
        }
    }
}
