using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Gathers the requests of one kind into batches. A request that comes while nothing runs starts alone; those that come
/// meanwhile are the next batch, which takes its locks while the one before commits.
/// </summary>
/// <param name="hasEffect">Whether the requests change something.</param>
/// <param name="run">
/// Completes or fails each item of a batch, given the end of the batch before. The next batch starts when its task
/// ends, or before that when the source, the commit's, is completed.
/// </param>
internal sealed class BatchQueue<TRequest, TAnswer>(
    BatchingOptions options,
    BatchPace pace,
    bool hasEffect,
    Func<IReadOnlyList<BatchItem<TRequest, TAnswer>>, TaskCompletionSource, Task, Task> run,
    ILogger log)
{
    // A batch takes a few milliseconds of the machine's own time.
    private static readonly TimeSpan PaceTimeout = TimeSpan.FromMilliseconds(50);

    private Channel<BatchItem<TRequest, TAnswer>>[] queues = [];
    private int waiting;
    private uint next;

    /// <summary>Starts the readers, one for each queue, for as long as the process runs.</summary>
    public BatchQueue<TRequest, TAnswer> Start()
    {
        queues = [.. Enumerable.Range(0, hasEffect ? options.Parallelism : 1).Select(_ =>
            Channel.CreateUnbounded<BatchItem<TRequest, TAnswer>>(new UnboundedChannelOptions { SingleReader = true }))];
        // A batch is of many requests: it has the activity, culture and scope of none.
        using (ExecutionContext.SuppressFlow())
        {
            foreach (var queue in queues)
                _ = Task.Run(() => ReadAsync(queue.Reader));
        }

        return this;
    }

    /// <param name="ct">Ends the wait. A batch that has taken the request goes on.</param>
    /// <exception cref="ErrorException">
    /// 503 <c>unavailable</c>: too many are queued or in a batch, those whose callers have left included.
    /// </exception>
    public Task<TAnswer> RunAsync(TRequest request, int lines, CancellationToken ct)
    {
        if (Interlocked.Increment(ref waiting) > options.MaximumWaiting)
        {
            Leave();
            throw new ErrorException(CommandErrors.Busy());
        }

        var item = new BatchItem<TRequest, TAnswer>(request, lines, hasEffect, Leave);
        Enqueue(item);
        return item.WaitAsync(ct);
    }

    /// <summary>
    /// Queues an item, one that a batch has given back too: it has kept its place among those that wait.
    /// </summary>
    public void Enqueue(BatchItem<TRequest, TAnswer> item) =>
        queues[Interlocked.Increment(ref next) % (uint)queues.Length].Writer.TryWrite(item);

    /// <summary>A batch stands in the trace of its first item; the traces of the others are linked.</summary>
    public static Activity? StartSpan(string name, IReadOnlyList<BatchItem<TRequest, TAnswer>> items)
    {
        if (!Instrumentation.Source.HasListeners())
            return null;
        var links = items.Skip(1).Select(item => new ActivityLink(item.Trace));
        var span = Instrumentation.Source.StartActivity($"{name} batch", ActivityKind.Internal, items[0].Trace, links: links);
        return span?.SetTag("shop.batch.size", items.Count);
    }

    private void Leave() => Interlocked.Decrement(ref waiting);

    // At most two batches of a queue are in flight.
    private async Task ReadAsync(ChannelReader<BatchItem<TRequest, TAnswer>> queue)
    {
        var previous = Task.CompletedTask;
        while (await queue.WaitToReadAsync())
        {
            var paced = hasEffect && await pace.WaitAsync(PaceTimeout);
            var batch = Take(queue);
            var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var running = batch.Count == 0 ? Task.CompletedTask : GuardAsync(batch, sent, previous);
            await previous;
            await Task.WhenAny(sent.Task, running);
            previous = running;
            if (paced)
                pace.Release();
        }
    }

    private List<BatchItem<TRequest, TAnswer>> Take(ChannelReader<BatchItem<TRequest, TAnswer>> queue)
    {
        var (batch, lines) = (new List<BatchItem<TRequest, TAnswer>>(), 0);
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

    // An exception is the batch's alone: the reader goes on.
    private async Task GuardAsync(IReadOnlyList<BatchItem<TRequest, TAnswer>> batch, TaskCompletionSource sent, Task previous)
    {
        try
        {
            await run(batch, sent, previous);
        }
        catch (Exception error)
        {
            log.LogError(error, "A batch of {Request} failed", typeof(TRequest));
            foreach (var item in batch)
                item.Fail(error);
        }
    }
}

/// <summary>
/// The pace of all kinds together: so many batches take their locks at a time. It guards nothing: a batch that has
/// waited long enough, because another one is delayed, goes on without.
/// </summary>
internal sealed class BatchPace(IOptions<BatchingOptions> options) : SemaphoreSlim(options.Value.Parallelism);
