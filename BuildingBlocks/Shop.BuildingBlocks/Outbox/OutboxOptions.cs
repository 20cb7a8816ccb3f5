using FluentValidation;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>The section <c>Outbox</c>.</summary>
public sealed class OutboxOptions
{
    /// <summary>Events taken in one transaction.</summary>
    public int BatchSize { get; set; } = 1000;

    /// <summary>
    /// How long one call of a handler may take. Shorter than a session may idle in its transaction.
    /// </summary>
    public TimeSpan HandlerTimeout { get; set; } = TimeSpan.FromSeconds(2.5);

    /// <summary>How often an instance looks for events that another instance committed.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Tries of one handler with one event before the delivery is dead.</summary>
    public int MaxAttempts { get; set; } = 10;

    /// <summary>The pause after the first failure; it doubles with each further one.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long dead letters that somebody discarded stay in the books.</summary>
    public TimeSpan KeepDiscarded { get; set; } = TimeSpan.FromDays(365);
}

internal sealed class OutboxOptionsValidator : AbstractValidator<OutboxOptions>
{
    public OutboxOptionsValidator()
    {
        RuleFor(options => options.BatchSize).InclusiveBetween(1, 10_000);
        RuleFor(options => options.HandlerTimeout)
            .InclusiveBetween(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
        RuleFor(options => options.PollInterval)
            .InclusiveBetween(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        RuleFor(options => options.MaxAttempts).InclusiveBetween(1, 100);
        RuleFor(options => options.RetryDelay).GreaterThan(TimeSpan.Zero);
        RuleFor(options => options.MaxRetryDelay).GreaterThanOrEqualTo(options => options.RetryDelay);
        RuleFor(options => options.KeepDiscarded).InclusiveBetween(TimeSpan.Zero, TimeSpan.FromDays(36_500));
    }
}
