using MediatR;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Idempotency;
using Shop.BuildingBlocks.Pipeline;
using Shop.Messages;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// A command that is decided together with others of its kind, in one transaction: whatever waits when the one before commits is the next group. It is
/// always the outermost command.
/// </summary>
public interface IHotCommand<out TResult> : ICommand<TResult>;

/// <summary>
/// Decides a group of hot commands: locks what they need, decides each in order of arrival, posts what was decided.
/// </summary>
public interface IGroupHandler<in TCommand, TResult> where TCommand : IHotCommand<TResult>
{
    /// <returns>One outcome for each command, in the same order. The transaction is committed whatever the outcomes are.</returns>
    Task<IReadOnlyList<Outcome<TResult>>> Handle(IReadOnlyList<TCommand> commands, CancellationToken ct);
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
