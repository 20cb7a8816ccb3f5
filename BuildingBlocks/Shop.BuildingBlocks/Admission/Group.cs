using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks.Admission;

/// <summary>Hot commands in one transaction: those whose key does not stop them are decided together, and what they came to is kept under their keys.</summary>
internal static class Group
{
    /// <returns>One outcome for each member. Of a member that was answered before it is the default; nobody looks at it then.</returns>
    public static async Task<IReadOnlyList<Result<TResult>>> DecideAsync<TCommand, TResult>(
        IServiceProvider scope, IReadOnlyList<HotMember<TCommand, TResult>> members, CancellationToken ct)
        where TCommand : IHotCommand<TResult>
    {
        var keys = scope.GetRequiredService<IdempotencyKeys>();
        var handler = scope.GetRequiredService<IGroupHandler<TCommand, TResult>>();
        // One round trip for the keys and the first locks: who is answered by its key has locked for nothing, which hurts nobody.
        var refusals = keys.Claim([.. members.Select(member => member.Http)]);
        await handler.LockAsync([.. members.Select(member => member.Request)], ct);
        await scope.GetRequiredService<Db>().FlushAsync(ct);
        var outcomes = refusals.Select(refusal => refusal is null ? default : (Result<TResult>)refusal).ToArray();

        var open = Enumerable.Range(0, members.Count).Where(i => refusals[i] is null && members[i].Http.Answer is null).ToArray();
        if (open.Length == 0)
            return outcomes;
        var decided = await handler.DecideAsync([.. open.Select(i => members[i].Request)], ct);
        for (var i = 0; i < open.Length; i++)
        {
            outcomes[open[i]] = decided[i];
            if (decided[i].Refusal is not { } refusal)
                keys.Keep(members[open[i]].Http, decided[i].Value);
            else if (refusal.LeavesTraces)
                keys.Keep(members[open[i]].Http, refusal);
        }

        return outcomes;
    }

    /// <summary>By one statement, which goes out when the transaction commits.</summary>
    public static DrawnAnswers<TResult> Queue<TCommand, TResult>(IServiceProvider scope, IReadOnlyList<HotMember<TCommand, TResult>> members)
        where TCommand : IHotCommand<TResult>
    {
        var answers = scope.GetRequiredService<IdempotencyKeys>().Draw<TResult>([.. members.Select(member => member.Http)]);
        scope.GetRequiredService<IGroupStatement<TCommand, TResult>>().Queue([.. members.Select(member => member.Request)], answers);
        return answers;
    }
}
