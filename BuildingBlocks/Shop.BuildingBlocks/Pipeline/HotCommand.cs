using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.Messages;

namespace Shop.BuildingBlocks.Pipeline;

/// <summary>A command that is decided together with others of its kind, in one transaction. It is always the outermost command.</summary>
public interface IHotCommand<out TResult> : ICommand<TResult>;

/// <summary>
/// Decides a group of hot commands: locks what they need, decides each in order of arrival, posts what was decided.
/// </summary>
public interface IGroupHandler<in TCommand, TResult> where TCommand : IHotCommand<TResult>
{
    /// <returns>One outcome for each command, in the same order. The transaction is committed whatever the outcomes are.</returns>
    Task<IReadOnlyList<Outcome<TResult>>> Handle(IReadOnlyList<TCommand> commands, CancellationToken ct);
}

/// <summary>Sends a hot command through its group handler: a single command is a group of one.</summary>
internal sealed class GroupOfOne<TCommand, TResult>(Transactions transactions, Db db, IdempotentRequest idempotent) : IRequestHandler<TCommand, TResult>
    where TCommand : IHotCommand<TResult>
{
    public async Task<TResult> Handle(TCommand command, CancellationToken ct)
    {
        if (db.InTransaction)
            throw new InvalidOperationException($"{typeof(TCommand).Name} owns its transaction and can't be sent from inside another command.");

        var outcomes = await transactions.RunAsync((scope, token) => Group.DecideAsync<TCommand, TResult>(scope, [new(command, idempotent)], token), ct);
        return outcomes.Single().Value;
    }
}
