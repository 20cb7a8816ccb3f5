using Microsoft.AspNetCore.Http;
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
        throw new Refused("unavailable", "The shop is busy. Try again shortly.", StatusCodes.Status503ServiceUnavailable)
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };
    }

    public void Leave() => Interlocked.Decrement(ref count);
}
