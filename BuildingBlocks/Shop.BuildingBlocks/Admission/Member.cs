using System.Diagnostics;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Pipeline;

namespace Shop.BuildingBlocks.Admission;

/// <summary>A hot command on its way through a lane, with the request that sent it.</summary>
internal sealed class Member<TCommand, TResult>(TCommand command, IdempotentRequest request)
{
    // Who decides goes on to answer, member by member: handing each to a thread of its own costs more than the answer.
    private readonly TaskCompletionSource<Outcome<TResult>> outcome = new();
    private int taken;

    public TCommand Command => command;

    public IdempotentRequest Request => request;

    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    public Task<Outcome<TResult>> Outcome => outcome.Task;

    /// <returns>False where its sender has left meanwhile.</returns>
    public bool TryTake() => Interlocked.CompareExchange(ref taken, 1, 0) == 0;

    /// <summary>Its sender waits no longer. Has a group taken it, it is decided all the same.</summary>
    public void Leave()
    {
        if (TryTake())
            outcome.TrySetCanceled();
    }

    public void Decided(Outcome<TResult> value) => outcome.TrySetResult(value);

    public void Failed(Exception error) => outcome.TrySetException(error);
}
