using System.Text.Json.Serialization;
using FluentValidation;

namespace Shop.Ordering.Orders;

/// <summary>What somebody wants to order: the body of an order and of a checkout. Either items, or what is in the cart.</summary>
/// <param name="IfCouponExpired">REJECT where nothing is said; a member that is null says nothing.</param>
internal sealed record OrderRequest(
    long UserId, IReadOnlyList<RequestedItem>? Items = null, bool? FromCart = null, long? UserCouponId = null, ExpiredCoupon? IfCouponExpired = null)
{
    [JsonIgnore]
    public bool IsFromCart => FromCart is true;
}

internal sealed record RequestedItem(long ProductId, int Quantity);

/// <summary>What to do where the coupon has expired.</summary>
internal enum ExpiredCoupon
{
    Reject,

    /// <summary>Order without the discount.</summary>
    Ignore,
}

internal sealed class OrderRequestValidator : AbstractValidator<OrderRequest>
{
    private const int MaximumLines = 50;

    public OrderRequestValidator()
    {
        RuleFor(request => request.Items).Null().When(request => request.IsFromCart).WithMessage("Must not be given together with fromCart.");
        When(request => !request.IsFromCart, () =>
        {
            RuleFor(request => request.Items).NotNull();
            RuleFor(request => request.Items!.Count).InclusiveBetween(1, MaximumLines).OverridePropertyName(nameof(OrderRequest.Items))
                .WithMessage($"Must have 1 to {MaximumLines} lines.").When(request => request.Items is not null);
            RuleForEach(request => request.Items).NotNull()
                .ChildRules(item => item.RuleFor(line => line.Quantity).InclusiveBetween(1, Quantities.Maximum));
            RuleFor(request => request.Items).Must(NoProductOverTheMaximum!).When(request => request.Items is not null)
                .WithMessage($"The lines of one product must not add up to more than {Quantities.Maximum}.");
        });
    }

    private static bool NoProductOverTheMaximum(IReadOnlyList<RequestedItem> items) => items
        .Where(item => item is { Quantity: > 0 })
        .GroupBy(item => item.ProductId)
        .All(product => product.Sum(item => (long)item.Quantity) <= Quantities.Maximum);
}

internal static class Quantities
{
    /// <summary>What one line of an order or a cart holds at most.</summary>
    public const int Maximum = 1000;
}
