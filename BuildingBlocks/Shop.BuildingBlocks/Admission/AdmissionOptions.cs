using FluentValidation;

namespace Shop.BuildingBlocks.Admission;

/// <summary>The section <c>Admission</c>: how commands that come at the same time are decided together.</summary>
public sealed class AdmissionOptions
{
    /// <summary>
    /// How many groups take their locks at a time, of one kind of command and, while none is held up, of all kinds together. By default one for every two
    /// processors: fewer lanes make larger groups, which cost less for each command.
    /// </summary>
    public int Lanes { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 4);

    /// <summary>How many commands a group takes at most.</summary>
    public int GroupSize { get; set; } = 64;

    /// <summary>
    /// How many commands or hot queries of one kind may be queued or being decided, those whose sender has left
    /// included; the next one is answered 503.
    /// </summary>
    public int MaximumWaiting { get; set; } = 2_000;
}

internal sealed class AdmissionOptionsValidator : AbstractValidator<AdmissionOptions>
{
    public AdmissionOptionsValidator()
    {
        RuleFor(options => options.Lanes).InclusiveBetween(1, 16);
        RuleFor(options => options.GroupSize).InclusiveBetween(1, 500);
        RuleFor(options => options.MaximumWaiting).InclusiveBetween(1, 100_000);
    }
}
