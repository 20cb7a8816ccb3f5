using Shop.BuildingBlocks.Idempotency;
using Shop.Messages;

namespace Shop.BuildingBlocks.Commands;

/// <summary>A command on its way to its decision.</summary>
/// <param name="Keyed">The request with its idempotency key, or null without one.</param>
/// <param name="Render">Makes the response that is stored under the key.</param>
internal sealed record CommandEnvelope<TCommand, TResult>(
    TCommand Command, KeyedRequest? Keyed = null, Func<TResult, StoredResponse>? Render = null)
    where TCommand : ICommand<TResult>
{
    /// <summary>The completion that a result comes to, with the response to store where the request has a key.</summary>
    public Completion<TResult> Complete(Result<TResult> result) => result.Error switch
    {
        null => new Completion<TResult>.Done(result.Value, Keyed is null ? null : Render?.Invoke(result.Value)),
        { CommitsDespiteError: true } error => new Completion<TResult>.Failed(error, Keyed?.Render(error)),
        var error => new Completion<TResult>.Failed(error),
    };
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
