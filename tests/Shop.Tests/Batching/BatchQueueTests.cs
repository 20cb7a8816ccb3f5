using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.BuildingBlocks.Database;
using Shop.Messages;
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
                item.Answer(item.Request);
        });
        var answers = await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            var sum = 0L;
            for (var i = 0; i < Each; i++)
                sum += await AskAsync(queue, i);
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
            batch[0].Answer(7);
            return Task.CompletedTask;
        });

        for (var i = 0; i < 10; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(queue, 13));
            Assert.Equal(7, await AskAsync(queue, 1));
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
                item.Answer(0);
        });
        var answers = new List<Task<int>> { AskAsync(queue, 0) };
        await UntilAsync(() => seen.Count == 1);
        var rest = sizes.Skip(1).Sum();
        // Of fifty lines each: ten make five hundred.
        answers.AddRange(Enumerable.Range(0, rest).Select(i => AskAsync(queue, i, lines: 50)));
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
            batch[0].Answer(mine);
        });
        var answers = Enumerable.Range(0, 3).Select(i => AskAsync(queue, i)).ToList();
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
        var parked = new ConcurrentQueue<Item>();
        var again = new ConcurrentQueue<int>();
        var queue = Queue(new BatchingOptions(), (batch, _) =>
        {
            foreach (var item in batch)
            {
                if (item.Request < 0 || parked.Contains(item))
                {
                    again.Enqueue(item.Request);
                    item.Answer(1);
                    continue;
                }

                item.GiveBack();
                parked.Enqueue(item);
            }

            return Task.CompletedTask;
        });
        using var leaving = new CancellationTokenSource();
        var (stays, leaves) = (AskAsync(queue, 1), AskAsync(queue, 2, ct: leaving.Token));
        await UntilAsync(() => parked.Count == 2);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        foreach (var item in parked)
            queue.Enqueue(item);

        Assert.Equal(1, await stays);
        Assert.Equal(1, await AskAsync(queue, -1));
        Assert.Equal([1, -1], again);
    }

    [Fact]
    public async Task An_item_that_is_given_back_after_its_caller_left_in_doubt_is_dropped()
    {
        var (isTaken, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var ended = new TaskCompletionSource();
        var again = new ConcurrentQueue<int>();
        var parked = new List<Item>();
        var queue = Queue(new BatchingOptions(), async (batch, _) =>
        {
            if (batch[0].Request < 0 || parked.Contains(batch[0]))
            {
                again.Enqueue(batch[0].Request);
                batch[0].Answer(1);
                return;
            }

            isTaken.SetResult();
            await goOn.Task;
            parked.Add(batch[0]);
            batch[0].GiveBack();
            ended.SetResult();
        });
        using var leaving = new CancellationTokenSource();
        var item = new Item(1, lines: 1);
        var key = 1;
        item.Ended = () => key = 0;
        var leaves = queue.RunAsync(item, leaving.Token);
        await isTaken.Task;
        await leaving.CancelAsync();
        await Assert.ThrowsAsync<CommitUnknownException>(() => leaves);
        Assert.Equal(1, key);
        goOn.SetResult();
        await ended.Task;
        queue.Enqueue(item);

        Assert.Equal(1, await AskAsync(queue, -1));
        Assert.Equal([-1], again);
        Assert.Equal(0, key);
    }

    [Fact]
    public async Task One_more_than_may_wait_is_refused_at_once()
    {
        var goOn = new TaskCompletionSource();
        var queue = Queue(
            new BatchingOptions(),
            async (batch, _) =>
            {
                await goOn.Task;
                foreach (var item in batch)
                    item.Answer(1);
            },
            maximumWaiting: 2);
        var answers = new[] { AskAsync(queue, 1), AskAsync(queue, 2) };

        var refused = await Assert.ThrowsAsync<ErrorException>(() => AskAsync(queue, 3));
        Assert.Equal("unavailable", refused.Error.Code);
        goOn.SetResult();
        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal(1, answer));
        Assert.Equal(1, await AskAsync(queue, 4));
    }

    private static BatchQueue<Item> Queue(
        BatchingOptions options,
        Func<IReadOnlyList<Item>, TaskCompletionSource, Task> run,
        int maximumWaiting = 1_000_000)
    {
        (options.Parallelism, options.MaximumWaiting) = (1, maximumWaiting);
        var pace = new BatchPace(Options.Create(options));
        var log = NullLogger.Instance;
        return new BatchQueue<Item>("test", options, parallelism: 1, pace, log, (batch, sent, _) => run(batch, sent))
            .Start();
    }

    private static async Task<int> AskAsync(
        BatchQueue<Item> queue, int request, int lines = 1, CancellationToken ct = default)
    {
        var item = new Item(request, lines);
        await queue.RunAsync(item, ct);
        return item.Value;
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

    private sealed class Item(int request, int lines) : BatchItem(lines, hasEffect: true)
    {
        public int Request => request;

        public int Value { get; private set; }

        public void Answer(int value)
        {
            Value = value;
            Complete();
        }
    }
}
