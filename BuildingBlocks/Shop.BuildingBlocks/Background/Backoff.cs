namespace Shop.BuildingBlocks.Background;

public static class Backoff
{
    /// <summary>
    /// The pause after the given number of failed attempts (1, 2, …): it doubles up to a maximum, and is cut by up to a
    /// half at random so that failures of one cause don't come back together.
    /// </summary>
    public static TimeSpan After(int attempts, TimeSpan first, TimeSpan maximum)
    {
        var doubled = first * Math.Pow(2, Math.Min(attempts - 1, 30));
        return (doubled < maximum ? doubled : maximum) * (0.5 + Random.Shared.NextDouble() / 2);
    }
}
