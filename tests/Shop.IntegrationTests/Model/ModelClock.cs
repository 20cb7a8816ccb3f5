namespace Shop.IntegrationTests.Model;

/// <summary>Time that stands still unless the run moves it, so that a seed replays to the microsecond.</summary>
internal sealed class ModelClock : TimeProvider
{
    private long ticks = new DateTime(2027, 3, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    public DateTime Now
    {
        get => new(Interlocked.Read(ref ticks), DateTimeKind.Utc);
        set => Interlocked.Exchange(ref ticks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => new(Now);
}
