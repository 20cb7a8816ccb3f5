namespace Shop.Identity.PasswordResets;

/// <summary>The section <c>Identity:PasswordResets</c>.</summary>
internal sealed class PasswordResetOptions
{
    /// <summary>How long a reset's token is good for.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);
}

internal sealed class PasswordResetOptionsValidator : AbstractValidator<PasswordResetOptions>
{
    public PasswordResetOptionsValidator() =>
        RuleFor(options => options.Lifetime).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7));
}
