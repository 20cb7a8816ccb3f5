namespace Shop.Identity.Sessions;

/// <summary>The section <c>Identity:Lockout</c>.</summary>
internal sealed class SignInLockoutOptions
{
    // A network adds at most MaxFailedAttempts in each Duration: half of what locks all networks, so that no network
    // can do that by itself.
    private const int DurationsOfWindow = 10;
    private const int NetworksUntilLocked = 20;

    private static readonly TimeSpan MinimumWindow = TimeSpan.FromMinutes(10);

    /// <summary>How many wrong passwords in a row lock an e-mail to one network.</summary>
    public int MaxFailedAttempts { get; set; } = 5;

    public TimeSpan Duration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How many wrong passwords from everywhere, within <see cref="Window"/>, lock an e-mail to all networks; also
    /// those from one IPv6 /48 that lock it.
    /// </summary>
    public int MaxFailedAttemptsEverywhere => NetworksUntilLocked * MaxFailedAttempts;

    /// <summary>The time in which failures from everywhere add up.</summary>
    public TimeSpan Window => TimeSpan.FromTicks(Math.Max(DurationsOfWindow * Duration.Ticks, MinimumWindow.Ticks));
}

internal sealed class SignInLockoutOptionsValidator : AbstractValidator<SignInLockoutOptions>
{
    public SignInLockoutOptionsValidator()
    {
        RuleFor(options => options.MaxFailedAttempts).InclusiveBetween(1, 1_000);
        RuleFor(options => options.Duration).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
    }
}
