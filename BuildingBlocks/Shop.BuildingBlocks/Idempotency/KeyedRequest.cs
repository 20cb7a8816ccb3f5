using Shop.Messages;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>
/// A request that came with an idempotency key. It goes with its command into a transaction that may be other requests'
/// too, so it holds nothing of the connection.
/// </summary>
/// <param name="Render">Makes the response that is stored for an error that commits.</param>
internal sealed record KeyedRequest(IdempotencyKey Key, Func<Error, StoredResponse> Render)
{
    /// <summary>Completed, unless the command goes on in its batch although the request has been answered.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    public void LeaveBehind(Task ended) => Ended = ended;
}
