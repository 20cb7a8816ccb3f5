using System.Diagnostics;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>What a batch loop knows of an item.</summary>
internal interface IBatchItem
{
    int Lines { get; }

    ActivityContext Trace { get; }

    /// <summary>Takes the item into a batch.</summary>
    /// <returns>False where its caller has left: the item is dropped.</returns>
    bool TryTake();

    void Fail(Exception error);
}

/// <summary>A command or query on its way through a batch.</summary>
/// <param name="leftBehind">
/// Makes the error for a caller that leaves after a batch has taken the item, given the batch's end; null where the
/// item has no effect.
/// </param>
internal class BatchItem<TRequest, TAnswer>(
    TRequest request, int lines, BatchLimiter limiter, Func<Task, CommitUnknownException>? leftBehind = null)
    : IBatchItem
{
    // The thread that ends a batch goes on to answer, item by item: a thread for each costs more than the answer.
    private readonly TaskCompletionSource<TAnswer> answer = new();
    private BatchLimiter? countedBy = limiter;
    private TaskCompletionSource? ended;
    private int taken;

    public TRequest Request => request;

    public int Lines => lines;

    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    public bool TryTake()
    {
        if (TryClaim())
            return true;
        LeaveQueue();
        return false;
    }

    /// <param name="ct">Ends the wait. A batch that has taken the item goes on without its caller.</param>
    public async Task<TAnswer> WaitAsync(CancellationToken ct)
    {
        await using var leaving = ct.UnsafeRegister(static item => ((BatchItem<TRequest, TAnswer>)item!).Leave(), this);
        return await answer.Task;
    }

    public void Complete(TAnswer value)
    {
        LeaveQueue();
        if (!answer.TrySetResult(value))
            ended?.TrySetResult();
    }

    public void Fail(Exception error)
    {
        LeaveQueue();
        if (!answer.TrySetException(error))
            ended?.TrySetResult();
    }

    private bool TryClaim() => Interlocked.CompareExchange(ref taken, 1, 0) == 0;

    private void LeaveQueue() => Interlocked.Exchange(ref countedBy, null)?.Leave();

    private void Leave()
    {
        if (TryClaim() || leftBehind is null)
        {
            answer.TrySetCanceled();
            return;
        }

        ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!answer.TrySetException(leftBehind(ended.Task)))
            ended.TrySetResult();
    }
}

internal static class BatchSpan
{
    /// <summary>A batch stands in the trace of its first item; the traces of the others are linked.</summary>
    public static Activity? Start(string name, IReadOnlyList<IBatchItem> items)
    {
        if (!Instrumentation.Source.HasListeners())
            return null;
        var links = items.Skip(1).Select(item => new ActivityLink(item.Trace));
        var span = Instrumentation.Source.StartActivity($"{name} batch", ActivityKind.Internal, items[0].Trace, links: links);
        return span?.SetTag("shop.batch.size", items.Count);
    }
}
