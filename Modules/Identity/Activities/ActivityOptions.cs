namespace Shop.Identity.Activities;

/// <summary>The section <c>Identity:Activity</c>.</summary>
internal sealed class ActivityOptions
{
    /// <summary>How long a row is kept, from 90 days on. The address in it goes after 90 days in any case.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(730);
}

internal sealed class ActivityOptionsValidator : AbstractValidator<ActivityOptions>
{
    public ActivityOptionsValidator() => RuleFor(options => options.KeepFor)
        .InclusiveBetween(TimeSpan.FromDays(90), TimeSpan.FromDays(36_500));
}
