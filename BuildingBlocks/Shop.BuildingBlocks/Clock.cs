namespace Shop.BuildingBlocks;

public static class Clock
{
    /// <summary>Now, cut to the microsecond that PostgreSQL keeps, so that a time reads back as it was written.</summary>
    public static DateTimeOffset UtcNow(this TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new DateTimeOffset(now.Ticks - now.Ticks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }
}
