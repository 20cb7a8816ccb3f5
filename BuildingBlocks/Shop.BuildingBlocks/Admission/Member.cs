using System.Diagnostics;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks.Admission;

/// <summary>An item of a batching queue.</summary>
internal interface IMember
{
    /// <summary>Takes the member out of its queue into a group.</summary>
    /// <returns>False where its sender has left: it is dropped.</returns>
    bool TryTake();
}

/// <summary>A hot command or query on its way into a group.</summary>
internal class Member<TRequest, TResult>(TRequest request, QueueLimit limit) : IMember
{
    // Who serves the group goes on to answer, member by member: handing each to a thread of its own costs more than the answer.
    private readonly TaskCompletionSource<Result<TResult>> outcome = new();
    private QueueLimit? countedBy = limit;
    private int taken;

    public TRequest Request => request;

    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    public bool TryTake()
    {
        if (TryClaim())
            return true;
        LeaveQueue();
        return false;
    }

    /// <param name="ct">Ends the wait. A group that has taken the member goes on without its sender.</param>
    public async Task<Result<TResult>> WaitAsync(CancellationToken ct)
    {
        await using var leaving = ct.UnsafeRegister(static waiter => ((Member<TRequest, TResult>)waiter!).Leave(), this);
        return await outcome.Task;
    }

    public void Served(Result<TResult> value)
    {
        LeaveQueue();
        if (!outcome.TrySetResult(value))
            EndedUnheard();
    }

    public void Failed(Exception error)
    {
        LeaveQueue();
        if (!outcome.TrySetException(error))
            EndedUnheard();
    }

    /// <summary>
    /// The error for a sender that leaves a member behind in its group; null where the member has no effect.
    /// </summary>
    protected virtual Exception? LeftBehind() => null;

    /// <summary>The group has ended after the sender left. It follows every <see cref="LeftBehind"/>.</summary>
    protected virtual void EndedUnheard()
    {
    }

    private bool TryClaim() => Interlocked.CompareExchange(ref taken, 1, 0) == 0;

    private void LeaveQueue() => Interlocked.Exchange(ref countedBy, null)?.Leave();

    private void Leave()
    {
        if (TryClaim() || LeftBehind() is not { } unknown)
            outcome.TrySetCanceled();
        else if (!outcome.TrySetException(unknown))
            EndedUnheard();
    }
}

/// <summary>A hot command, with the HTTP request that it came with.</summary>
internal sealed class HotMember<TCommand, TResult>(TCommand command, IdempotentRequest http, QueueLimit limit)
    : Member<TCommand, TResult>(command, limit)
{
    // Made only where a sender leaves.
    private TaskCompletionSource? ended;

    public IdempotentRequest Http => http;

    protected override Exception LeftBehind()
    {
        ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        http.LeaveBehind(ended.Task);
        return new CommitUnknownException(CommitDoubt.CallerLeft);
    }

    protected override void EndedUnheard() => ended?.TrySetResult();
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
