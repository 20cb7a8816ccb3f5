using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// A command that is decided together with others of its kind, in one transaction. It is always the outermost command.
/// </summary>
public interface IBatchedCommand<out TResult> : ICommand<TResult>
{
    /// <summary>The weight of the command; a batch is bounded by the sum.</summary>
    int Lines => 1;
}

/// <summary>
/// Decides a batch of commands in three steps of one transaction. It keeps nothing between two calls; <typeparamref
/// name="TLocked"/> carries state from step to step.
/// </summary>
/// <typeparam name="TLocked">The locked rows, in memory, and the time behind their locks.</typeparam>
public interface ICommandBatchHandler<TCommand, TResult, TLocked> where TCommand : IBatchedCommand<TResult>
{
    /// <summary>
    /// Queues the locks that the commands need, in <see cref="LockOrder"/>. It may flush between two ranks. The caller
    /// sends the statements that are still queued. The idempotency keys are claimed by the first statement of the same
    /// round trip, so these are all commands of the batch, replayed ones included.
    /// </summary>
    Task<TLocked> LockAsync(IReadOnlyList<TCommand> commands, CancellationToken ct);

    /// <summary>
    /// The rows that a command needs. Where another session holds one, the command takes its side path.
    /// </summary>
    IEnumerable<RowKey> RowsOf(TCommand command, TLocked locked);

    /// <summary>Decides each command in order of arrival. Pure and synchronous: no database.</summary>
    /// <returns>One result for each command, in the same order.</returns>
    IReadOnlyList<Result<TResult>> Decide(TLocked locked, IReadOnlyList<TCommand> commands);

    /// <summary>Queues the writes of what was decided, set by set, and publishes its events.</summary>
    void Write(TLocked locked, IReadOnlyList<Result<TResult>> decided);
}
