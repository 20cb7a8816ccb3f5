using FluentValidation;

namespace Shop.BuildingBlocks.Database.Replicas;

/// <summary>The section <c>Replica</c>.</summary>
public sealed class ReplicaOptions
{
    /// <summary>
    /// A replica that is further behind answers no query: the primary does. The audit's newest orders are older than
    /// the largest one.
    /// </summary>
    public TimeSpan MaximumLag { get; set; } = TimeSpan.FromSeconds(5);
}

internal sealed class ReplicaOptionsValidator : AbstractValidator<ReplicaOptions>
{
    public ReplicaOptionsValidator() =>
        RuleFor(options => options.MaximumLag).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
}
