using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Gathers items into batches. An item that comes while nothing runs starts alone; those that come meanwhile are the
/// next batch, which takes its locks while the one before commits. At most two batches are in flight.
/// </summary>
/// <param name="run">
/// Completes or fails each item of a batch, given the end of the batch before. The next batch starts when its task ends,
/// or before that when the commit is sent.
/// </param>
internal sealed class BatchLoop<TItem>(
    BatchingOptions options,
    BatchPace? pace,
    Func<IReadOnlyList<TItem>, CommitSent, Task, Task> run,
    ILogger log)
    where TItem : IBatchItem
{
    private readonly Channel<TItem> queue =
        Channel.CreateUnbounded<TItem>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>The caller has entered the kind's <see cref="BatchLimiter"/>, which bounds the queue.</summary>
    public void Add(TItem item) => queue.Writer.TryWrite(item);

    /// <summary>Starts the queue's one reader, for as long as the process runs.</summary>
    public BatchLoop<TItem> Start()
    {
        // A batch is of many requests: it has the activity, culture and scope of none.
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(ReadAsync);
        return this;
    }

    private async Task ReadAsync()
    {
        var previous = Task.CompletedTask;
        while (await queue.Reader.WaitToReadAsync())
        {
            var paced = pace is not null && await pace.EnterAsync();
            var batch = Take();
            var sent = new CommitSent();
            var running = batch.Count == 0 ? Task.CompletedTask : GuardAsync(batch, sent, previous);
            await previous;
            await Task.WhenAny(sent.Task, running);
            previous = running;
            if (paced)
                pace!.Release();
        }
    }

    private List<TItem> Take()
    {
        var batch = new List<TItem>();
        var lines = 0;
        while (batch.Count < options.MaximumItems && queue.Reader.TryPeek(out var item)
            && (batch.Count == 0 || lines + item.Lines <= options.MaximumLines))
        {
            queue.Reader.TryRead(out _);
            if (!item.TryTake())
                continue;
            batch.Add(item);
            lines += item.Lines;
        }

        return batch;
    }

    // An exception is the batch's alone: the loop goes on.
    private async Task GuardAsync(IReadOnlyList<TItem> batch, CommitSent sent, Task previous)
    {
        try
        {
            await run(batch, sent, previous);
        }
        catch (Exception error)
        {
            log.LogError(error, "A batch of {Items} failed", typeof(TItem));
            foreach (var item in batch)
                item.Fail(error);
        }
    }
}
