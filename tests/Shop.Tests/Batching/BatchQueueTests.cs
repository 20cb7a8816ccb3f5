using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Commands.Batching;
using Xunit;

namespace Shop.Tests.Batching;

public sealed class BatchQueueTests
{
    [Fact]
    public async Task Every_item_is_answered_however_many_threads_add_them()
    {
        const int Threads = 8;
        const int Each = 12_500;
        var queue = Queue(new BatchingOptions(), async (batch, _) =>
        {
            // Now and then the reader sleeps, so that items meet it awake, falling asleep and asleep.
            if (batch.Count % 3 == 0)
                await Task.Yield();
            foreach (var item in batch)
                item.Complete(item.Request);
        });
        var answers = await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            var sum = 0L;
            for (var i = 0; i < Each; i++)
                sum += await queue.RunAsync(i, lines: 1, default);
            return sum;
        })));

        Assert.All(answers, sum => Assert.Equal((long)Each * (Each - 1) / 2, sum));
    }

    [Fact]
    public async Task A_batch_that_throws_fails_its_items_and_the_queue_goes_on()
    {
        var queue = Queue(new BatchingOptions(), (batch, _) =>
        {
            if (batch[0].Request == 13)
                throw new InvalidOperationException("poisoned");
            batch[0].Complete(7);
            return Task.CompletedTask;
        });

        for (var i = 0; i < 10; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => queue.RunAsync(13, lines: 1, default));
            Assert.Equal(7, await queue.RunAsync(1, lines: 1, default));
        }
    }

    [Theory]
    [InlineData(64, 500, new[] { 1, 10, 10, 10 })]
    [InlineData(5, 500, new[] { 1, 5, 5, 5, 5, 5, 5 })]
    [InlineData(64, 10, new[] { 1, 1, 1, 1 })]
    public async Task A_batch_is_bounded_by_items_and_by_lines(int items, int lines, int[] sizes)
    {
        var first = new TaskCompletionSource();
        var seen = new List<int>();
        var queue = Queue(new BatchingOptions { MaximumItems = items, MaximumLines = lines }, async (batch, _) =>
        {
            lock (seen)
                seen.Add(batch.Count);
            await first.Task;
            foreach (var item in batch)
                item.Complete(0);
        });
        var answers = new List<Task<int>> { queue.RunAsync(0, lines: 1, default) };
        await UntilAsync(() => seen.Count == 1);
        var rest = sizes.Skip(1).Sum();
        // Of fifty lines each: ten make five hundred.
        answers.AddRange(Enumerable.Range(0, rest).Select(i => queue.RunAsync(i, lines: 50, default)));
        first.SetResult();
        await Task.WhenAll(answers);

        Assert.Equal(sizes, seen);
    }

    [Fact]
    public async Task The_next_batch_starts_when_the_commit_is_sent_and_no_third_before_the_first_has_ended()
    {
        var ends = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource()).ToArray();
        var started = 0;
        var queue = Queue(new BatchingOptions { MaximumItems = 1 }, async (batch, sent) =>
        {
            var mine = Interlocked.Increment(ref started) - 1;
            sent.SetResult();
            await ends[mine].Task;
            batch[0].Complete(mine);
        });
        var answers = Enumerable.Range(0, 3).Select(i => queue.RunAsync(i, lines: 1, default)).ToList();
        await UntilAsync(() => Volatile.Read(ref started) == 2);

        ends[1].SetResult();
        Assert.Equal(1, await answers[1]);
        Assert.Equal(2, Volatile.Read(ref started));
        ends[0].SetResult();
        Assert.Equal(0, await answers[0]);
        ends[2].SetResult();
        Assert.Equal(2, await answers[2]);
    }

    [Fact]
    public async Task An_item_that_is_given_back_goes_on_and_is_dropped_when_its_caller_leaves()
    {
        var parked = new List<BatchItem<int, int>>();
        var queue = Queue(new BatchingOptions(), (batch, _) =>
        {
            foreach (var item in batch)
            {
                if (item.Request < 0 || parked.Contains(item))
                {
                    item.Complete(1);
                    continue;
                }

                item.GiveBack();
                parked.Add(item);
            }

            return Task.CompletedTask;
        });
        using var leaving = new CancellationTokenSource();
        var (stays, leaves) = (queue.RunAsync(1, lines: 1, default), queue.RunAsync(2, lines: 1, leaving.Token));
        await UntilAsync(() => Volatile.Read(ref parked).Count == 2);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        parked.ForEach(queue.Enqueue);

        Assert.Equal(1, await stays);
        Assert.Equal(1, await queue.RunAsync(-1, lines: 1, default));
    }

    private static BatchQueue<int, int> Queue(
        BatchingOptions options, Func<IReadOnlyList<BatchItem<int, int>>, TaskCompletionSource, Task> run)
    {
        (options.Parallelism, options.MaximumWaiting) = (1, 1_000_000);
        var pace = new BatchPace(Options.Create(options));
        return new BatchQueue<int, int>(
            options, pace, hasEffect: true, (batch, sent, _) => run(batch, sent), NullLogger.Instance).Start();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
