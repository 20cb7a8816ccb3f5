using Shop.BuildingBlocks.Background;

namespace Shop.BuildingBlocks.Deliveries;

/// <summary>The pause before the next try: it doubles with each failure in a row.</summary>
/// <param name="First">After the first failure.</param>
public sealed record RetryPauses(TimeSpan First, TimeSpan Longest)
{
    // Not sooner than the receiver asked for, up to the longest: a header must not park an event for days.
    public TimeSpan After(Attempt attempt)
    {
        var failures = attempt.Delivery.Failures + (attempt.Result == AttemptResult.ProbeFailed ? 0 : 1);
        var pause = Backoff.After(Math.Max(failures, 1), First, Longest);
        var asked = attempt.RetryAfter < Longest ? attempt.RetryAfter : attempt.RetryAfter is null ? null : Longest;
        return asked > pause ? asked.Value : pause;
    }
}
