using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// Decides the commands that enter it, group by group. While one group commits, the next takes its locks: by then the one before has all of its own, so
/// whoever comes later gets none before it.
/// </summary>
internal sealed class Lane<TCommand, TResult> where TCommand : IHotCommand<TResult>
{
    // What keeps a group from being decided may stop but one of its members: then several are tried at a time.
    private const int Apart = 4;

    // In steps a group takes three round trips: no more than one for each of three. Larger ones are better off with steps, for while these take their time,
    // more gather: under load, by one statement, groups would be a fifth as large and a quarter fewer commands be decided.
    private const int Few = 2;

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
        var open = group;
        try
        {
            if (group.Count <= Few && group.All(member => member.Request is IOneStatementCommand<TResult> { FitsOneStatement: true }))
                open = await DecideAtOnceAsync(group);
            if (open.Count > 0)
                await DecideInStepsAsync(open, committing);
        }
        catch (Exception error) when (open.Count == 1 || error is CommitUnknownException || Transient.IsDisconnected(error))
        {
            foreach (var member in open)
                member.Failed(error);
        }
        catch (Exception)
        {
            // Nothing has happened. Each for itself: what is wrong with one of them hurts no other.
            await Parallel.ForEachAsync(
                open, new ParallelOptions { MaxDegreeOfParallelism = Apart }, async (member, _) => await DecideAsync([member], committing: null));
        }
    }

    /// <summary>Ends with the commit: until then nobody knows whether the statement has run, and the next group is not to overtake it.</summary>
    /// <returns>Those that are not decided.</returns>
    private async Task<IReadOnlyList<HotMember<TCommand, TResult>>> DecideAtOnceAsync(IReadOnlyList<HotMember<TCommand, TResult>> group)
    {
        DrawnAnswers<TResult> answers;
        try
        {
            using (GroupSpan.Start(group))
                answers = await transactions.RunAsync((scope, _) => Task.FromResult(Group.Queue(scope, group)), CancellationToken.None);
        }
        catch (PostgresException error) when (IdempotencyKeys.WereUsed(error))
        {
            return group;
        }

        var open = new List<HotMember<TCommand, TResult>>();
        for (var i = 0; i < group.Count; i++)
        {
            if (answers.TryGet(i, out var result))
                group[i].Served(result!);
            else
                open.Add(group[i]);
        }

        return open;
    }

    private async Task DecideInStepsAsync(IReadOnlyList<HotMember<TCommand, TResult>> group, Action? committing)
    {
        IReadOnlyList<Result<TResult>> outcomes;
        using (GroupSpan.Start(group))
            outcomes = await transactions.RunAsync((scope, ct) => Group.DecideAsync(scope, group, ct), CancellationToken.None, committing);
        for (var i = 0; i < group.Count; i++)
            group[i].Served(outcomes[i]);
    }
}
