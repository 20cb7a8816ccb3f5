namespace Shop.BuildingBlocks.Concurrency;

/// <summary>
/// The permits of the concurrency limiter: each kind has some of its own, the rest is shared by all, so no kind can
/// hold every permit. Not thread-safe.
/// </summary>
/// <param name="reserved">Permits of each kind's own.</param>
internal sealed class PermitShares(int total, int kinds, int reserved)
{
    private const int LeastToDivide = 8;
    private const int ReservedPart = 16;

    private readonly int[] used = new int[kinds];
    private readonly int shared = total - kinds * reserved;
    private int sharedUsed;

    /// <summary>A sixteenth of the permits is each kind's own. Fewer than eight are not divided.</summary>
    public static PermitShares Of(int total, int kinds) =>
        new(total, kinds, total < LeastToDivide ? 0 : Math.Max(1, total / ReservedPart));

    public bool TryTake(int kind)
    {
        if (used[kind] >= reserved)
        {
            if (sharedUsed == shared)
                return false;
            sharedUsed++;
        }

        used[kind]++;
        return true;
    }

    public void Return(int kind)
    {
        used[kind]--;
        if (used[kind] >= reserved)
            sharedUsed--;
    }
}
