using MediatR;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Commands;
using Shop.Messages;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// A command that is decided together with others of its kind, in one transaction: whatever waits when the one before commits is the next group. It is
/// always the outermost command.
/// </summary>
public interface IHotCommand<out TResult> : ICommand<TResult>;

/// <summary>Decides one group of hot commands, in two steps of one transaction. Each group has a handler of its own, which keeps its sheets from one step to the next.</summary>
public interface IGroupHandler<in TCommand, TResult> where TCommand : IHotCommand<TResult>
{
    /// <summary>
    /// Locks and reads what the commands need. What is queued and not yet sent when this returns is sent then. The commands' idempotency keys go with the first
    /// of it: so these are all commands of the group, those too that their key will answer.
    /// </summary>
    Task LockAsync(IReadOnlyList<TCommand> commands, CancellationToken ct);

    /// <summary>Decides each command in order of arrival, and queues what was decided.</summary>
    /// <param name="commands">Those that no key has answered.</param>
    /// <returns>One outcome for each command, in the same order. The transaction is committed whatever the outcomes are.</returns>
    Task<IReadOnlyList<Result<TResult>>> DecideAsync(IReadOnlyList<TCommand> commands, CancellationToken ct);
}

/// <summary>A hot command that one statement may be enough for: it has an <see cref="IGroupStatement{TCommand, TResult}"/> too.</summary>
public interface IOneStatementCommand<out TResult> : IHotCommand<TResult>
{
    /// <summary>Whether this one needs nothing looked up before.</summary>
    bool FitsOneStatement { get; }
}

/// <summary>
/// Decides a few hot commands by one statement: keys, statement and COMMIT are one round trip. Larger groups, whom it does not decide, and those that have a
/// key that was used before, are decided in steps, by the <see cref="IGroupHandler{TCommand, TResult}"/>.
/// </summary>
public interface IGroupStatement<in TCommand, TResult> where TCommand : IHotCommand<TResult>
{
    /// <summary>Queues the statement, which keeps the answers with its effect, and gives <paramref name="answers"/> its rows.</summary>
    void Queue(IReadOnlyList<TCommand> commands, DrawnAnswers<TResult> answers);
}

/// <summary>Where the mediator hands a hot command over.</summary>
internal sealed class HotCommandHandler<TCommand, TResult>(Lanes<TCommand, TResult> lanes, Db db, IdempotentRequest request) : IRequestHandler<TCommand, TResult>
    where TCommand : IHotCommand<TResult>
{
    public async Task<TResult> Handle(TCommand command, CancellationToken ct)
    {
        if (db.InTransaction)
            throw new InvalidOperationException($"{typeof(TCommand).Name} owns its transaction and can't be sent from inside another command.");
        return (await lanes.DecideAsync(command, request, ct)).Value;
    }
}
