using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Pipeline;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// Decides the commands that enter it, group by group. While one group commits, the next takes its locks: by then the one before has all of its own, so
/// whoever comes later gets none before it.
/// </summary>
internal sealed class Lane<TCommand, TResult> where TCommand : IHotCommand<TResult>
{
    // What keeps a group from being decided may stop but one of its members: then several are tried at a time.
    private const int Apart = 4;

    private readonly Transactions transactions;
    private readonly Turns<HotMember<TCommand, TResult>> turns;

    public Lane(Transactions transactions, Gate gate, int groupSize)
    {
        this.transactions = transactions;
        turns = new Turns<HotMember<TCommand, TResult>>(groupSize, DecideAsync, gate);
    }

    public void Enter(HotMember<TCommand, TResult> member) => turns.Enter(member);

    private async Task DecideAsync(IReadOnlyList<HotMember<TCommand, TResult>> group, Action? committing)
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
            await Parallel.ForEachAsync(
                group, new ParallelOptions { MaxDegreeOfParallelism = Apart }, async (member, _) => await DecideAsync([member], committing: null));
        }
    }

    private async Task DecideTogetherAsync(IReadOnlyList<HotMember<TCommand, TResult>> group, Action? committing)
    {
        IReadOnlyList<Outcome<TResult>> outcomes;
        using (GroupSpan.Start(group))
            outcomes = await transactions.RunAsync((scope, ct) => Group.DecideAsync(scope, group, ct), CancellationToken.None, committing);
        for (var i = 0; i < group.Count; i++)
            group[i].Served(outcomes[i]);
    }
}
