using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Gathers the requests of one kind into batches. A request that comes while nothing runs starts alone; those that come
/// meanwhile are the next batch, which takes its locks while the one before commits.
/// </summary>
/// <param name="name">The kind, for spans.</param>
/// <param name="parallelism">Batches that take their locks at a time.</param>
/// <param name="pace">Of all kinds together, or null where this kind keeps none.</param>
/// <param name="run">
/// Completes or fails each item of a batch, given the end of the batch before. The next batch starts when its task
/// ends, or before that when the source, the commit's, is completed.
/// </param>
internal sealed class BatchQueue<TItem>(
    string name,
    BatchingOptions options,
    int parallelism,
    BatchPace? pace,
    ILogger log,
    Func<IReadOnlyList<TItem>, TaskCompletionSource, Task, Task> run)
    where TItem : BatchItem
{
    // A batch takes a few milliseconds of the machine's own time.
    private static readonly TimeSpan PaceTimeout = TimeSpan.FromMilliseconds(50);

    private readonly Channel<TItem>[] queues = [.. Enumerable.Range(0, parallelism).Select(_ =>
        Channel.CreateUnbounded<TItem>(new UnboundedChannelOptions { SingleReader = true }))];

    private int waiting;
    private uint next;

    /// <summary>Starts the readers, one for each queue, for as long as the process runs.</summary>
    public BatchQueue<TItem> Start()
    {
        // A batch is of many requests: it has the activity, culture and scope of none.
        using (ExecutionContext.SuppressFlow())
        {
            foreach (var queue in queues)
                _ = Task.Run(() => ReadAsync(queue.Reader));
        }

        return this;
    }

    /// <summary>Returns once the item has its answer.</summary>
    /// <param name="ct">Ends the wait. A batch that has taken the item goes on.</param>
    /// <exception cref="ErrorException">
    /// 503 <c>unavailable</c>: too many are queued or in a batch, those whose callers have left included.
    /// </exception>
    public Task RunAsync(TItem item, CancellationToken ct)
    {
        item.Trace = Activity.Current?.Context ?? default;
        item.LeaveQueue = () => Interlocked.Decrement(ref waiting);
        if (Interlocked.Increment(ref waiting) > options.MaximumWaiting)
            item.Fail(new ErrorException(CommandErrors.Busy()));
        else
            Enqueue(item);
        return item.WaitAsync(ct);
    }

    /// <summary>
    /// Queues an item, one that a batch has given back too: it has kept its place among those that wait.
    /// </summary>
    public void Enqueue(TItem item) =>
        queues[Interlocked.Increment(ref next) % (uint)queues.Length].Writer.TryWrite(item);

    // At most two batches of a queue are in flight.
    private async Task ReadAsync(ChannelReader<TItem> queue)
    {
        var previous = Task.CompletedTask;
        while (await queue.WaitToReadAsync())
        {
            var paced = pace is not null && await pace.WaitAsync(PaceTimeout);
            var batch = Take(queue);
            var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var running = batch.Count == 0 ? Task.CompletedTask : RunAsync(batch, sent, previous);
            await previous;
            await Task.WhenAny(sent.Task, running);
            previous = running;
            if (paced)
                pace!.Release();
        }
    }

    private List<TItem> Take(ChannelReader<TItem> queue)
    {
        var (batch, lines) = (new List<TItem>(), 0);
        while (batch.Count < options.MaximumItems && queue.TryPeek(out var item)
            && (batch.Count == 0 || lines + item.Lines <= options.MaximumLines))
        {
            queue.TryRead(out _);
            if (!item.TryTake())
                continue;
            batch.Add(item);
            lines += item.Lines;
        }

        return batch;
    }

    // An exception is the batch's alone: the reader goes on. Its callers may all have left, so it is logged too.
    private async Task RunAsync(List<TItem> batch, TaskCompletionSource sent, Task previous)
    {
        try
        {
            using var span = StartSpan(batch);
            await run(batch, sent, previous);
        }
        catch (Exception error)
        {
            if (!Transient.IsUnavailable(error))
                log.LogError(error, "A batch of {Items} {Kind} failed", batch.Count, name);
            foreach (var item in batch)
                item.Fail(error);
        }
    }

    // A batch stands in the trace of its first item; the traces of the others are linked.
    private Activity? StartSpan(List<TItem> batch)
    {
        if (!Instrumentation.Source.HasListeners())
            return null;
        return Instrumentation.Source.StartActivity(
            $"{name} batch",
            ActivityKind.Internal,
            batch[0].Trace,
            [new("shop.batch.size", batch.Count)],
            batch.Skip(1).Select(item => new ActivityLink(item.Trace)));
    }
}

/// <summary>
/// The pace of all kinds together: so many batches take their locks at a time. It guards nothing: a batch that has
/// waited long enough, because another one is delayed, goes on without.
/// </summary>
internal sealed class BatchPace(IOptions<BatchingOptions> options) : SemaphoreSlim(options.Value.Parallelism);
