using System.Collections.Concurrent;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// Serves those that come at the same time together: whoever comes while nobody is served is served at once, whoever comes meanwhile is in the next group. It
/// rests when nobody waits.
/// </summary>
/// <param name="serve">
/// Serves a group, which is not empty, in order of arrival; throws nothing. The next group's turn is when the task ends, or before that, when the action is called;
/// never more than two are served at a time.
/// </param>
/// <param name="gate">What a group passes before it is gathered, until the next group's turn.</param>
internal sealed class Turns<TMember>(int groupSize, Func<IReadOnlyList<TMember>, Action, Task> serve, Gate? gate = null) where TMember : IMember
{
    private readonly ConcurrentQueue<TMember> entered = new();
    private int going;

    // The group that was let go before it ended. Belongs to whoever has it going.
    private Task last = Task.CompletedTask;

    public void Enter(TMember member)
    {
        entered.Enqueue(member);
        if (Interlocked.CompareExchange(ref going, 1, 0) == 0)
        {
            // A group is of many requests: it is nobody's activity, culture or scope.
            using (ExecutionContext.SuppressFlow())
                _ = Task.Run(GoAsync);
        }
    }

    private async Task GoAsync()
    {
        do
        {
            while (!entered.IsEmpty)
            {
                using var pass = gate is null ? null : await gate.PassAsync();
                if (Take() is { Count: > 0 } group)
                    await StartAsync(group, pass);
            }

            Volatile.Write(ref going, 0);
            // Somebody may have entered in between and found it going.
        }
        while (!entered.IsEmpty && Interlocked.CompareExchange(ref going, 1, 0) == 0);
    }

    // Over when it is the next group's turn.
    private async Task StartAsync(List<TMember> group, IDisposable? pass)
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var served = serve(group, () =>
        {
            pass?.Dispose();
            next.TrySetResult();
        });
        await last;
        await Task.WhenAny(next.Task, served);
        last = served;
    }

    private List<TMember> Take()
    {
        var group = new List<TMember>();
        while (group.Count < groupSize && entered.TryDequeue(out var member))
        {
            if (member.TryTake())
                group.Add(member);
        }

        return group;
    }
}
