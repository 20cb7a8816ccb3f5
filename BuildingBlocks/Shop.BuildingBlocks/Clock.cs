namespace Shop.BuildingBlocks;

public static class Clock
{
    /// <summary>
    /// Now, cut to the microsecond that PostgreSQL keeps, so that a time reads back as it was written.
    /// </summary>
    public static DateTimeOffset UtcNow(this TimeProvider time) => time.GetUtcNow().ToMicroseconds();

    /// <summary>The time in UTC, cut to the microsecond that PostgreSQL keeps.</summary>
    public static DateTimeOffset ToMicroseconds(this DateTimeOffset time) =>
        new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}
