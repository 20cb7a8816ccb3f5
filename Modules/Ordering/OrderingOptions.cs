using FluentValidation;

namespace Shop.Ordering;

/// <summary>The section <c>Ordering</c>.</summary>
internal sealed class OrderingOptions
{
    /// <summary>How long an order can be paid.</summary>
    public TimeSpan PaymentWindow { get; set; } = TimeSpan.FromMinutes(15);
}

internal sealed class OrderingOptionsValidator : AbstractValidator<OrderingOptions>
{
    public OrderingOptionsValidator() => RuleFor(options => options.PaymentWindow).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromDays(30));
}
