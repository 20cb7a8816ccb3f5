using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.Messages;

namespace Shop.BuildingBlocks.Commands;

/// <summary>Commands behind their locks, ready to be decided.</summary>
/// <param name="HeldRow">A row that the command needs and that another session holds, or null.</param>
/// <param name="DecideAsync">Decides some of them and queues the writes: one result for each, in order.</param>
internal sealed record LockedBatch<TCommand, TResult>(
    Func<TCommand, RowKey?> HeldRow,
    Func<IReadOnlyList<TCommand>, Task<IReadOnlyList<Result<TResult>>>> DecideAsync);

internal delegate Task<LockedBatch<TCommand, TResult>> LockCommands<TCommand, TResult>(
    IServiceProvider scope, IReadOnlyList<TCommand> commands, CancellationToken ct);

/// <summary>How a command left a transaction: completed, or undecided because a row is held.</summary>
internal readonly record struct Decided<TResult>(Completion<TResult>? Completion, RowKey? HeldRow);

/// <summary>
/// The one transaction of every command, batched or plain: claims the idempotency keys, locks, decides, writes, stores
/// the responses, commits. One command's trouble is its own completion; the others commit.
/// </summary>
internal sealed class CommandTransaction<TCommand, TResult>(
    Transactions transactions, LockCommands<TCommand, TResult> lockCommands)
    where TCommand : ICommand<TResult>
{
    /// <returns>One for each envelope, in the same order.</returns>
    /// <exception cref="RowHeldException">In <see cref="LockMode.Brief"/>: nothing has happened.</exception>
    public Task<IReadOnlyList<Decided<TResult>>> RunAsync(
        IReadOnlyList<CommandEnvelope<TCommand, TResult>> envelopes,
        LockMode mode,
        CommitSent? sent,
        CancellationToken ct) =>
        transactions.RunAsync((scope, token) => DecideAsync(scope, envelopes, token), mode, sent, ct);

    private async Task<IReadOnlyList<Decided<TResult>>> DecideAsync(
        IServiceProvider scope, IReadOnlyList<CommandEnvelope<TCommand, TResult>> envelopes, CancellationToken ct)
    {
        var keys = scope.GetRequiredService<IdempotencyStore>();
        var claim = keys.QueueClaim([.. envelopes.Select(envelope => envelope.Keyed?.Key)]);
        var locked = await lockCommands(scope, [.. envelopes.Select(envelope => envelope.Command)], ct);
        await scope.GetRequiredService<Db>().FlushAsync(ct);

        var decided = new Decided<TResult>[envelopes.Count];
        var open = new List<int>(envelopes.Count);
        for (var i = 0; i < decided.Length; i++)
        {
            if (claim.ResponseOf(i) is { } response)
                decided[i] = new(new Completion<TResult>.Replayed(response), null);
            else if (claim.ErrorOf(i) is { } error)
                decided[i] = new(new Completion<TResult>.Failed(error), null);
            else if (locked.HeldRow(envelopes[i].Command) is { } row)
                decided[i] = new(null, row);
            else
                open.Add(i);
        }

        if (open.Count > 0)
        {
            var results = await locked.DecideAsync(open.ConvertAll(i => envelopes[i].Command));
            for (var i = 0; i < open.Count; i++)
            {
                var envelope = envelopes[open[i]];
                var completion = envelope.Complete(results[i]);
                decided[open[i]] = new(completion, null);
                if (completion.Response is { } response)
                    keys.Store(envelope.Keyed!.Key, response);
            }
        }

        keys.QueueStored();
        return decided;
    }
}
