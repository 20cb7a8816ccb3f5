using System.Diagnostics;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Pipeline;

namespace Shop.BuildingBlocks.Admission;

/// <summary>Somebody who waits for a turn.</summary>
internal interface IMember
{
    /// <returns>False where its sender has left meanwhile.</returns>
    bool TryTake();
}

/// <summary>A hot command or query on its way into a group.</summary>
internal class Member<TRequest, TResult>(TRequest request) : IMember
{
    // Who serves the group goes on to answer, member by member: handing each to a thread of its own costs more than the answer.
    private readonly TaskCompletionSource<Outcome<TResult>> outcome = new();
    private int taken;

    public TRequest Request => request;

    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    public bool TryTake() => Interlocked.CompareExchange(ref taken, 1, 0) == 0;

    /// <param name="ct">Ends the waiting. A member that its group has taken is served all the same.</param>
    public async Task<Outcome<TResult>> WaitAsync(CancellationToken ct)
    {
        await using var leaving = ct.UnsafeRegister(static waiter => ((Member<TRequest, TResult>)waiter!).Leave(), this);
        return await outcome.Task;
    }

    public void Served(Outcome<TResult> value) => outcome.TrySetResult(value);

    public void Failed(Exception error) => outcome.TrySetException(error);

    private void Leave()
    {
        if (TryTake())
            outcome.TrySetCanceled();
    }
}

/// <summary>A hot command, with the HTTP request that it came with.</summary>
internal sealed class HotMember<TCommand, TResult>(TCommand command, IdempotentRequest http) : Member<TCommand, TResult>(command)
{
    public IdempotentRequest Http => http;
}

internal static class GroupSpan
{
    /// <summary>One trace where there is one member; the others of a group are linked.</summary>
    public static Activity? Start<TRequest, TResult>(IReadOnlyList<Member<TRequest, TResult>> group)
    {
        if (!Telemetry.Source.HasListeners())
            return null;
        var span = Telemetry.Source.StartActivity(
            $"{typeof(TRequest).Name} group", ActivityKind.Internal, group[0].Trace, links: group.Skip(1).Select(member => new ActivityLink(member.Trace)));
        return span?.SetTag("shop.group.size", group.Count);
    }
}
