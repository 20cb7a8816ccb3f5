using Shop.BuildingBlocks.Commands;

namespace Shop.BuildingBlocks.Admission;

/// <summary>
/// Bounds the commands or queries of one kind that are queued or being decided. An item counts until it is answered or
/// dropped from the queue, also when its sender has left before.
/// </summary>
internal sealed class QueueLimit(int maximum)
{
    private int count;

    /// <exception cref="Refused">503 <c>unavailable</c>: the limit is reached. There is nothing to leave then.</exception>
    public void Enter()
    {
        if (Interlocked.Increment(ref count) <= maximum)
            return;
        Leave();
        throw Refused.Unavailable("The shop is busy. Try again shortly.");
    }

    public void Leave() => Interlocked.Decrement(ref count);
}
