namespace Shop.BuildingBlocks.Deliveries;

/// <summary>The result of one attempt to deliver.</summary>
/// <param name="Error">Null where it has arrived, or was not tried.</param>
/// <param name="RetryAfter">The pause that the receiver asked for.</param>
public sealed record Attempt(
    Delivery Delivery, AttemptResult Result, string? Error = null, TimeSpan? RetryAfter = null)
{
    /// <summary>The HTTP status, or null where none came.</summary>
    public int? Status { get; init; }

    /// <summary>The beginning of what the receiver answered, on one line.</summary>
    public string? Answer { get; init; }

    public static Attempt Taken(Delivery delivery) => new(delivery, AttemptResult.Arrived);

    public static Attempt Refused(Delivery delivery, string error) => new(delivery, AttemptResult.Refused, error);

    public static Attempt Unavailable(Delivery delivery, string error, TimeSpan? retryAfter = null) =>
        new(delivery, AttemptResult.Unavailable, error, retryAfter);

    public static Attempt NotTried(Delivery delivery) => new(delivery, AttemptResult.NotTried);
}

public enum AttemptResult
{
    Arrived,

    /// <summary>The receiver refused this delivery (500, 4xx): the only result that counts as an attempt.</summary>
    Refused,

    /// <summary>Nothing could be handed over just now: no connection, 503, a full disk. Never counts.</summary>
    Unavailable,

    /// <summary>A failure while the circuit was open. It never counts, and the pause does not grow.</summary>
    ProbeFailed,

    /// <summary>It never left: as if it had not been claimed.</summary>
    NotTried,
}
