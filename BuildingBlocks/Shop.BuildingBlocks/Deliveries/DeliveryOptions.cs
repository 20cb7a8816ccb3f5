namespace Shop.BuildingBlocks.Deliveries;

/// <summary>The section <c>DataPlatform</c>, as far as it holds for every receiver.</summary>
public class DeliveryOptions
{
    /// <summary>How long one call may take, from connecting to the answer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Calls of one host that may be under way at once, to each receiver.</summary>
    public int Concurrency { get; set; } = 16;

    /// <summary>Attempts before a delivery is dead; <see cref="AttemptResult"/> tells which count.</summary>
    public int MaxAttempts { get; set; } = 12;

    /// <summary>The pause after the first failure; it doubles with each further one.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(10);

    public RetryPauses Pauses => new(RetryDelay, MaxRetryDelay);

    public bool IsDead(Attempt attempt) =>
        attempt.Result == AttemptResult.Refused && attempt.Delivery.Attempts + 1 >= MaxAttempts;
}
