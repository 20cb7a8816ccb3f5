using System.Diagnostics;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>A request on its way through a batch.</summary>
/// <param name="leaveQueue">Gives its place among those that wait back.</param>
/// <param name="hasEffect">
/// Whether a caller that leaves after a batch has taken the item must hear of the doubt.
/// </param>
internal sealed class BatchItem<TRequest, TAnswer>(TRequest request, int lines, bool hasEffect, Action leaveQueue)
{
    // The thread that ends a batch goes on to answer, item by item: a thread for each costs more than the answer.
    private readonly TaskCompletionSource<TAnswer> answer = new();
    private readonly long since = Stopwatch.GetTimestamp();
    private Action? leaveQueue = leaveQueue;
    private int taken;

    public TRequest Request => request;

    public int Lines => lines;

    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    public TimeSpan Age => Stopwatch.GetElapsedTime(since);

    /// <summary>Takes the item into a batch.</summary>
    /// <returns>False where its caller has left: the item is dropped.</returns>
    public bool TryTake()
    {
        if (!answer.Task.IsCompleted && TryClaim())
            return true;
        LeaveQueue();
        return false;
    }

    /// <summary>Gives the item back, which has had no effect: a caller that leaves now is not in doubt.</summary>
    public void GiveBack() => Volatile.Write(ref taken, 0);

    /// <param name="ct">Ends the wait. A batch that has taken the item goes on without its caller.</param>
    /// <exception cref="CommitUnknownException">The wait was ended after a batch had taken the item.</exception>
    public async Task<TAnswer> WaitAsync(CancellationToken ct)
    {
        await using var leaving = ct.UnsafeRegister(static item => ((BatchItem<TRequest, TAnswer>)item!).Leave(), this);
        return await answer.Task;
    }

    public void Complete(TAnswer value)
    {
        LeaveQueue();
        answer.TrySetResult(value);
    }

    public void Fail(Exception error)
    {
        LeaveQueue();
        answer.TrySetException(error);
    }

    private bool TryClaim() => Interlocked.CompareExchange(ref taken, 1, 0) == 0;

    private void LeaveQueue() => Interlocked.Exchange(ref leaveQueue, null)?.Invoke();

    private void Leave()
    {
        if (TryClaim() || !hasEffect)
            answer.TrySetCanceled();
        else
            answer.TrySetException(new CommitUnknownException(CommitDoubt.CallerLeft));
    }
}
