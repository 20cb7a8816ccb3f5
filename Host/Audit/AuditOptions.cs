using FluentValidation;

namespace Shop.Host.Audit;

/// <summary>The section <c>Audit</c>.</summary>
internal sealed class AuditOptions
{
    /// <summary>How long one audit may take, and so how long its snapshot may hold back vacuum.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(1);
}

internal sealed class AuditOptionsValidator : AbstractValidator<AuditOptions>
{
    public AuditOptionsValidator() =>
        RuleFor(options => options.Timeout).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
}
