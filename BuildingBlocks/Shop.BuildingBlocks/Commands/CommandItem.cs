using Shop.BuildingBlocks.Activities;
using Shop.BuildingBlocks.Commands.Batching;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Database.Replicas;
using Shop.BuildingBlocks.Idempotency;

namespace Shop.BuildingBlocks.Commands;

/// <summary>An outermost command on its way to its completion.</summary>
/// <param name="key">The request's idempotency key, or null without one.</param>
/// <param name="render">
/// Makes the response that is stored under the key, before the COMMIT; null for an error that changes nothing. It is
/// called by a batch that may outlive the request, so it holds nothing of the connection.
/// </param>
/// <param name="origin">Null where the command leaves no activity.</param>
internal sealed class CommandItem<TResult>(
    ICommand<TResult> command,
    IdempotencyKey? key,
    Func<Result<TResult>, StoredResponse?> render,
    ICommandOrigin? origin)
    : BatchItem((command as IBatchedCommand<TResult>)?.Lines ?? 1, hasEffect: true)
{
    public ICommand<TResult> Command => command;

    public IdempotencyKey? Key => key;

    /// <summary>Null until the command is decided, by a transaction that may still fail, and for a replay.</summary>
    public Result<TResult>? Result { get; private set; }

    /// <summary>The response that is stored under the key: this command's, or that of an earlier request.</summary>
    public StoredResponse? Response { get; private set; }

    /// <summary>The row that the command needs and another session holds, or null.</summary>
    public HeldRow? HeldRow { get; private set; }

    /// <summary>The log position behind the commit, for reads on a replica; null without one.</summary>
    public LogPosition? Position { get; set; }

    /// <exception cref="ErrorException">The command failed.</exception>
    /// <exception cref="InvalidOperationException">It is not decided, or a replay.</exception>
    public TResult Value => (Result ?? throw new InvalidOperationException("There is no value.")).Value;

    public bool IsReplay => Result is null && Response is not null;

    public bool IsDecided => Result is not null || Response is not null;

    /// <summary>Begins anew in a transaction that holds its locks and has sent the claim of its keys.</summary>
    /// <returns>Whether the command is to be decided: its key is free, and so are its rows.</returns>
    public bool Open(IdempotencyStore keys, HeldRow? heldRow)
    {
        (Result, Response, HeldRow) = (null, null, heldRow);
        if (key is not null && keys.EarlierOf(key) is { } earlier)
        {
            if (earlier.Error is { } error)
                Result = error;
            else
                Response = earlier.Value;
        }

        return !IsDecided && heldRow is null;
    }

    /// <param name="position">A fresh one: it is behind that of the first request.</param>
    public void Replay(StoredResponse response, LogPosition? position) => (Response, Position) = (response, position);

    public void Decide(Result<TResult> result, IdempotencyStore keys)
    {
        Result = result;
        if (key is null)
            return;
        Response = render(result);
        if (Response is not null)
            keys.Store(key, Response);
    }

    /// <returns>Null where the command leaves no row: it has no effect, or is a customer's own.</returns>
    public ActivityRecord? Describe() => Result switch
    {
        { Error: null } result => origin?.Describe(command, result.Value),
        { Error.CommitsDespiteError: true } => origin?.Describe(command, result: null),
        _ => null,
    };
}
