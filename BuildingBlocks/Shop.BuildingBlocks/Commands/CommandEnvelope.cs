using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Commands;

/// <summary>A command on its way to its decision.</summary>
/// <param name="Key">The request's idempotency key, or null without one.</param>
/// <param name="Render">
/// Makes the response that is stored under the key, before the COMMIT; null for an error that changes nothing. It is
/// called by a batch that may outlive the request, so it holds nothing of the connection.
/// </param>
/// <param name="Origin">Null where the command leaves no activity.</param>
internal sealed record CommandEnvelope<TCommand, TResult>(
    TCommand Command,
    IdempotencyKey? Key = null,
    Func<Result<TResult>, StoredResponse?>? Render = null,
    ICommandOrigin? Origin = null)
    where TCommand : notnull
{
    /// <returns>Null where the command leaves no row: it has no effect, or is a customer's own.</returns>
    public ActivityRecord? Describe(Result<TResult> result) => result.Error is null or { CommitsDespiteError: true }
        ? Origin?.Describe(Command, result.Error is null ? result.Value : null)
        : null;


    public Completion<TResult> Complete(Result<TResult> result)
    {
        var response = Key is null ? null : Render!(result);
        return result.Error is { } error
            ? new Completion<TResult>.Failed(error, response)
            : new Completion<TResult>.Done(result.Value, response);
    }
}

/// <summary>How a command ended.</summary>
internal abstract record Completion<TResult>(StoredResponse? Response)
{
    /// <exception cref="ErrorException">The command failed.</exception>
    /// <exception cref="InvalidOperationException">A stored response replaces the value.</exception>
    public TResult Value => this switch
    {
        Done done => done.Result,
        Failed failed => throw new ErrorException(failed.Error),
        _ => throw new InvalidOperationException("There is a stored response instead of a value."),
    };

    public sealed record Done(TResult Result, StoredResponse? Response) : Completion<TResult>(Response);

    public sealed record Failed(Error Error, StoredResponse? Response = null) : Completion<TResult>(Response);

    public sealed record Replayed(StoredResponse Response) : Completion<TResult>(Response);
}
