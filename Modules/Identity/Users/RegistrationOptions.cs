namespace Shop.Identity.Users;

/// <summary>The settings of the section <c>Identity</c> itself.</summary>
internal sealed class RegistrationOptions
{
    /// <summary>OPEN, or CLOSED for storefronts that make their customers' accounts themselves.</summary>
    public Registration Registration { get; set; } = Registration.Open;
}

internal enum Registration
{
    Open,
    Closed,
}

internal sealed class RegistrationOptionsValidator : AbstractValidator<RegistrationOptions>
{
    public RegistrationOptionsValidator() => RuleFor(options => options.Registration).IsInEnum();
}
