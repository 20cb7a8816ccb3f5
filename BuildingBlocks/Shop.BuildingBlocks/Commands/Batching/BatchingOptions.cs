using FluentValidation;

namespace Shop.BuildingBlocks.Commands.Batching;

/// <summary>The section <c>Batching</c>: how commands that come at the same time are decided together.</summary>
public sealed class BatchingOptions
{
    /// <summary>
    /// Batches that take their locks at a time, of one kind of command and, while none is held up, of all kinds
    /// together. One for every two processors by default: fewer batches are larger and cost less for each command.
    /// </summary>
    public int Parallelism { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 4);

    /// <summary>Commands in a batch at most.</summary>
    public int MaximumItems { get; set; } = 64;

    /// <summary>Order lines in a batch at most; a single command may have more.</summary>
    public int MaximumLines { get; set; } = 500;

    /// <summary>
    /// Commands or batched queries of one kind that may be queued or being decided; the next one is answered 503. Those
    /// whose caller has left count.
    /// </summary>
    public int MaximumWaiting { get; set; } = 2_000;

    /// <summary>Commands that may wait for one row that another session holds; the next one is answered 503.</summary>
    public int MaximumWaitingForRow { get; set; } = 200;
}

internal sealed class BatchingOptionsValidator : AbstractValidator<BatchingOptions>
{
    public BatchingOptionsValidator()
    {
        RuleFor(options => options.Parallelism).InclusiveBetween(1, 16);
        RuleFor(options => options.MaximumItems).InclusiveBetween(1, 500);
        RuleFor(options => options.MaximumLines).InclusiveBetween(1, 10_000);
        RuleFor(options => options.MaximumWaiting).InclusiveBetween(1, 100_000);
        RuleFor(options => options.MaximumWaitingForRow).InclusiveBetween(1, 100_000);
    }
}
