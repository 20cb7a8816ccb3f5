using Microsoft.Extensions.Options;
using Shop.Messages;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>
/// Bounds the items of one kind that are queued or being decided. An item counts until it is answered or dropped, also
/// when its caller has left before.
/// </summary>
internal sealed class BatchLimiter(int maximum)
{
    private int count;

    /// <exception cref="ErrorException">503 <c>unavailable</c>: the limit is reached. There is nothing to leave then.</exception>
    public void Enter()
    {
        if (Interlocked.Increment(ref count) <= maximum)
            return;
        Leave();
        throw new ErrorException(CommandErrors.Unavailable.Of("The shop is busy. Try again shortly."));
    }

    public void Leave() => Interlocked.Decrement(ref count);
}

/// <summary>
/// The pace of all kinds together: so many batches take their locks at a time. It guards nothing: a batch that has
/// waited long enough, because another one is delayed, goes on without.
/// </summary>
internal sealed class BatchPace(IOptions<BatchingOptions> options) : IDisposable
{
    // A batch takes a few milliseconds of the machine's own time.
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim free = new(options.Value.Parallelism);

    /// <returns>Whether a place was taken, to be given back with <see cref="Release"/>.</returns>
    public Task<bool> EnterAsync() => free.WaitAsync(Timeout);

    public void Release() => free.Release();

    public void Dispose() => free.Dispose();
}
