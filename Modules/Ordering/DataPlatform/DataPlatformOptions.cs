using FluentValidation;

namespace Shop.Ordering.DataPlatform;

/// <summary>The section <c>DataPlatform</c>.</summary>
internal sealed class DataPlatformOptions
{
    /// <summary>Where the NDJSON files go, relative to the working directory.</summary>
    public string Directory { get; set; } = "data/platform";

    /// <summary>Tries before a delivery is dead.</summary>
    public int MaxAttempts { get; set; } = 12;

    /// <summary>The pause after the first failure; it doubles with each further one.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(10);
}

internal sealed class DataPlatformOptionsValidator : AbstractValidator<DataPlatformOptions>
{
    public DataPlatformOptionsValidator()
    {
        RuleFor(options => options.Directory).NotEmpty();
        RuleFor(options => options.MaxAttempts).InclusiveBetween(1, 100);
        RuleFor(options => options.RetryDelay).GreaterThan(TimeSpan.Zero);
        RuleFor(options => options.MaxRetryDelay).GreaterThanOrEqualTo(options => options.RetryDelay);
    }
}
