using System.Diagnostics;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>A request on its way through a batch. A derived class holds the request and its answer.</summary>
/// <param name="lines">The weight of the request; a batch is bounded by the sum.</param>
/// <param name="hasEffect">
/// Whether a caller that leaves after a batch has taken the item must hear of the doubt.
/// </param>
internal abstract class BatchItem(int lines, bool hasEffect)
{
    // The thread that ends a batch goes on to answer, item by item: a thread for each costs more than the answer.
    private readonly TaskCompletionSource answered = new();
    private readonly long since = Stopwatch.GetTimestamp();
    private volatile bool isLeft;
    private int taken;
    private int ended;

    public int Lines => lines;

    /// <summary>The span that waits for the item, from when it is queued.</summary>
    public ActivityContext Trace { get; set; }

    public TimeSpan Age => Stopwatch.GetElapsedTime(since);

    /// <summary>Is called once, when the item gives its place among those that wait back.</summary>
    public Action? LeaveQueue { get; set; }

    /// <summary>
    /// Is called once nothing can come of the item any more, before its caller hears. It may be called twice.
    /// </summary>
    public Action? Ended { get; set; }

    /// <summary>Takes the item into a batch.</summary>
    /// <returns>False where its caller has left: the item is dropped.</returns>
    public bool TryTake()
    {
        if (!isLeft && !answered.Task.IsCompleted && TryClaim())
            return true;
        End();
        return false;
    }

    /// <summary>Gives the item back, which has had no effect: a caller that leaves now is not in doubt.</summary>
    public void GiveBack() => Volatile.Write(ref taken, 0);

    /// <param name="ct">Ends the wait. A batch that has taken the item goes on without its caller.</param>
    /// <exception cref="CommitUnknownException">The wait was ended after a batch had taken the item.</exception>
    public async Task WaitAsync(CancellationToken ct)
    {
        await answered.Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!answered.Task.IsCompleted)
        {
            isLeft = true;
            if (!TryClaim() && hasEffect)
                throw new CommitUnknownException(CommitDoubt.CallerLeft);
            Ended?.Invoke();
            throw new OperationCanceledException(ct);
        }

        await answered.Task;
    }

    public void Complete()
    {
        End();
        answered.TrySetResult();
    }

    public void Fail(Exception error)
    {
        End();
        answered.TrySetException(error);
    }

    private bool TryClaim() => Interlocked.CompareExchange(ref taken, 1, 0) == 0;

    private void End()
    {
        if (Interlocked.Exchange(ref ended, 1) == 0)
            LeaveQueue?.Invoke();
        Ended?.Invoke();
    }
}
