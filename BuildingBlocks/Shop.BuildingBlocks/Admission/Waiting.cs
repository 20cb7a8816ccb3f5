using Shop.BuildingBlocks.Pipeline;

namespace Shop.BuildingBlocks.Admission;

/// <summary>Counts those that wait for a group of one kind, and bounds their number.</summary>
internal sealed class Waiting(int maximum)
{
    private int count;

    /// <exception cref="Refused">503 <c>unavailable</c>: too many wait already. It is not to be left then.</exception>
    public void Enter()
    {
        if (Interlocked.Increment(ref count) <= maximum)
            return;
        Leave();
        throw Refused.Unavailable("The shop is busy. Try again shortly.");
    }

    public void Leave() => Interlocked.Decrement(ref count);
}
