using System.Collections.Concurrent;
using System.Diagnostics;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// Decides the commands that enter it, group by group: while one group commits, the next takes its locks. Whoever enters a lane at rest sets it going; it
/// rests again when nobody waits.
/// </summary>
internal sealed class Lane<TCommand, TResult>(Transactions transactions, int groupSize) where TCommand : IHotCommand<TResult>
{
    // What keeps a group from being decided may stop but one of its members: then several are tried at a time.
    private const int Apart = 4;

    private readonly ConcurrentQueue<Member<TCommand, TResult>> entered = new();
    private int going;

    public void Enter(Member<TCommand, TResult> member)
    {
        entered.Enqueue(member);
        if (Interlocked.CompareExchange(ref going, 1, 0) == 0)
        {
            // The lane serves many requests: it is nobody's activity, culture or scope.
            using (ExecutionContext.SuppressFlow())
                _ = Task.Run(GoAsync);
        }
    }

    private async Task GoAsync()
    {
        do
        {
            var last = Task.CompletedTask;
            while (Take() is { Count: > 0 } group)
            {
                // From here on the group before has all its locks, so who comes later gets none before it.
                var committing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var decided = DecideAsync(group, () => committing.TrySetResult());
                await last;
                await Task.WhenAny(committing.Task, decided);
                last = decided;
            }

            await last;
            Volatile.Write(ref going, 0);
            // Somebody may have entered in between and found the lane going.
        }
        while (!entered.IsEmpty && Interlocked.CompareExchange(ref going, 1, 0) == 0);
    }

    private List<Member<TCommand, TResult>> Take()
    {
        var group = new List<Member<TCommand, TResult>>();
        while (group.Count < groupSize && entered.TryDequeue(out var member))
        {
            if (member.TryTake())
                group.Add(member);
        }

        return group;
    }

    private async Task DecideAsync(List<Member<TCommand, TResult>> group, Action? committing = null)
    {
        try
        {
            await DecideTogetherAsync(group, committing);
        }
        catch (Exception error) when (group.Count == 1 || error is CommitUnknownException || Transient.IsDisconnected(error))
        {
            foreach (var member in group)
                member.Failed(error);
        }
        catch (Exception)
        {
            // Nothing has happened. Each for itself: what is wrong with one of them hurts no other.
            await Parallel.ForEachAsync(group, new ParallelOptions { MaxDegreeOfParallelism = Apart }, async (member, _) => await DecideAsync([member]));
        }
    }

    private async Task DecideTogetherAsync(List<Member<TCommand, TResult>> group, Action? committing)
    {
        // One trace where there is one member; the others of a group are linked.
        using var span = Telemetry.Source.StartActivity(
            $"{typeof(TCommand).Name} group", ActivityKind.Internal, group[0].Trace, links: group.Skip(1).Select(member => new ActivityLink(member.Trace)));
        span?.SetTag("shop.group.size", group.Count);
        var outcomes = await transactions.RunAsync((scope, ct) => Group.DecideAsync(scope, group, ct), CancellationToken.None, committing);
        for (var i = 0; i < group.Count; i++)
            group[i].Decided(outcomes[i]);
    }
}
