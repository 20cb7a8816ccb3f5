namespace Shop.BuildingBlocks.Deliveries;

/// <summary>
/// A circuit breaker for a receiver. It opens on <see cref="FailuresToOpen"/> failures in a row that concern at least
/// <see cref="StreamsToOpen"/> streams: one event that the receiver can't take never opens it. While it is open, one
/// probe may leave each <see cref="BreakDuration"/>, and any answer that is not a failure closes it. Thread-safe.
/// </summary>
public sealed class ReceiverCircuit(TimeProvider time)
{
    public const int FailuresToOpen = 10;
    public const int StreamsToOpen = 3;

    public static readonly TimeSpan BreakDuration = TimeSpan.FromSeconds(10);

    private readonly Lock mutex = new();
    private readonly HashSet<string> failedStreams = new(StreamsToOpen);
    private int failures;

    // While it is open: the timestamp of the last failure.
    private long? failedAt;

    public bool IsOpen
    {
        get
        {
            lock (mutex)
                return failedAt is not null;
        }
    }

    /// <summary>Whether a call may leave: any while the circuit is closed, a probe while it is open.</summary>
    /// <param name="underWay">Calls that have not come back.</param>
    public bool Lets(int underWay)
    {
        lock (mutex)
            return failedAt is not { } failed || (underWay == 0 && time.GetElapsedTime(failed) >= BreakDuration);
    }

    /// <summary>Any answer that is not a failure, a refusal of the event included.</summary>
    /// <returns>Whether this closed the circuit.</returns>
    public bool Answered()
    {
        lock (mutex)
        {
            var wasOpen = failedAt is not null;
            failures = 0;
            failedStreams.Clear();
            failedAt = null;
            return wasOpen;
        }
    }

    /// <summary>A failure, which may open the circuit. While it is open, the next probe is put off.</summary>
    /// <returns>Whether this opened the circuit.</returns>
    public bool Failed(string stream)
    {
        lock (mutex)
        {
            var wasOpen = failedAt is not null;
            failures = Math.Min(failures + 1, FailuresToOpen);
            if (failedStreams.Count < StreamsToOpen)
                failedStreams.Add(stream);
            if (wasOpen || (failures == FailuresToOpen && failedStreams.Count == StreamsToOpen))
                failedAt = time.GetTimestamp();
            return !wasOpen && failedAt is not null;
        }
    }
}
