namespace Shop.Ordering;

/// <summary>The section <c>Ordering</c>.</summary>
internal sealed class OrderingOptions
{
    /// <summary>How long an order can be paid.</summary>
    public TimeSpan PaymentWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often orders that were not paid in time are closed.</summary>
    public TimeSpan ExpiryInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether an order that the wallet could not pay right now is refused.</summary>
    public bool RequireBalanceAtOrder { get; set; }

    /// <summary>How long after the payment a customer may cancel a paid order; null is always.</summary>
    public TimeSpan? CancelWindow { get; set; }

    /// <summary>Orders that a user may have waiting for their payment at once; the next one is refused.</summary>
    public int MaximumOpenOrders { get; set; } = 10;
}

internal sealed class OrderingOptionsValidator : AbstractValidator<OrderingOptions>
{
    public OrderingOptionsValidator()
    {
        RuleFor(options => options.PaymentWindow).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromDays(30));
        RuleFor(options => options.CancelWindow).InclusiveBetween(TimeSpan.Zero, TimeSpan.FromDays(3_650));
        RuleFor(options => options.MaximumOpenOrders).InclusiveBetween(1, 10_000);
        RuleFor(options => options.ExpiryInterval).InclusiveBetween(
            TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
    }
}
