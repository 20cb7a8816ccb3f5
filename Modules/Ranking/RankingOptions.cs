namespace Shop.Ranking;

/// <summary>The section <c>Ranking</c>.</summary>
internal sealed class RankingOptions
{
    /// <summary>How often the lists are computed, whatever the number of instances.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);
}

internal sealed class RankingOptionsValidator : AbstractValidator<RankingOptions>
{
    public RankingOptionsValidator() =>
        RuleFor(options => options.Interval).InclusiveBetween(TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
}
