using FluentValidation;
using Shop.Host.Starting;

namespace Shop.Host.Health;

/// <summary>The section <c>Health</c>.</summary>
internal sealed class HealthOptions
{
    /// <summary>
    /// Where health is served on a listener of its own, such as <c>http://*:8081</c>; several with semicolons. Null: on
    /// the main one alone.
    /// </summary>
    public string? Urls { get; set; }

    /// <summary>
    /// How long a host that is told to stop serves on while it is not ready, so that its proxy notices first.
    /// </summary>
    public TimeSpan DrainDelay { get; set; }

    public IReadOnlyList<string> Addresses() =>
        (Urls ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

internal sealed class HealthOptionsValidator : AbstractValidator<HealthOptions>
{
    public HealthOptionsValidator()
    {
        RuleFor(options => options.Urls)
            .Must((options, _) => options.Addresses().All(url => Listening.IsAddress(url, "http")))
            .WithMessage("Must be http addresses such as http://*:8081, separated by semicolons.");
        RuleFor(options => options.DrainDelay).InclusiveBetween(TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }
}
