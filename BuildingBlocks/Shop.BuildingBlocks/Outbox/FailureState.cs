using Shop.BuildingBlocks.Background;

namespace Shop.BuildingBlocks.Outbox;

internal sealed record FailureRow(
    long Id, Guid EventId, string Type, string OrderingKey, string Payload, string? TraceParent, DateTimeOffset OccurredAt, string Handler, int Attempts)
{
    public OutboxRow Row => new(Id, EventId, Type, OrderingKey, Payload, TraceParent, OccurredAt);
}

/// <summary>Where a delivery that did not go through stands.</summary>
internal sealed record FailureState(string Status, int Attempts, string? Error, DateTimeOffset NextAttempt)
{
    public const string DeadStatus = "DEAD";

    /// <summary>Behind an earlier failure of the same stream and handler; due as soon as it is the first.</summary>
    public static FailureState Waiting(DateTimeOffset now) => new("WAITING", 0, null, now);

    public static FailureState Dead(int attempts, string error, DateTimeOffset now) => new(DeadStatus, attempts, error, now);

    public static FailureState After(int attempts, Exception error, OutboxOptions options, DateTimeOffset now) => attempts >= options.MaxAttempts
        ? Dead(attempts, Describe(error), now)
        : new("RETRYING", attempts, Describe(error), now + Backoff.After(attempts, options.RetryDelay, options.MaxRetryDelay));

    private static string Describe(Exception error) => $"{error.GetType().Name}: {error.Message}";
}
