using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Shop.Ordering.Orders.Placing;

/// <summary>The body of an order and of a checkout: either items, or the cart.</summary>
/// <param name="IfCouponExpired">REJECT where nothing is said; a member that is null says nothing.</param>
/// <param name="ExpectedTotal">
/// The total that the caller agreed to, KRW; null agrees to the price of the moment.
/// </param>
/// <param name="ProductIds">Which products of the cart to order; null is all of them.</param>
internal sealed record OrderRequest(
    long UserId, [property: MaxLength(LineLimits.Lines)] IReadOnlyList<RequestedItem>? Items = null,
    bool? FromCart = null, long? UserCouponId = null, ExpiredCoupon? IfCouponExpired = null,
    long? ExpectedTotal = null, [property: MaxLength(LineLimits.Lines)] IReadOnlyList<long>? ProductIds = null)
{
    [JsonIgnore]
    public bool IsFromCart => FromCart is true;

    /// <summary>Lines of the order; of a cart, which is read later, as many as it may have.</summary>
    [JsonIgnore]
    public int Lines => Items?.Count ?? ProductIds?.Count ?? LineLimits.Lines;
}

internal sealed record RequestedItem(long ProductId, int Quantity);

/// <summary>The reaction to an expired coupon.</summary>
internal enum ExpiredCoupon
{
    Reject,

    /// <summary>Order without the discount.</summary>
    Ignore,
}

internal sealed class OrderRequestValidator : AbstractValidator<OrderRequest>
{
    public OrderRequestValidator()
    {
        RuleFor(request => request.Items)
            .Null()
            .When(request => request.IsFromCart)
            .WithMessage("Must not be given together with fromCart.");
        RuleFor(request => request.ProductIds)
            .Null()
            .When(request => !request.IsFromCart)
            .WithMessage("Must be given together with fromCart.");
        RuleFor(request => request.ProductIds!.Count).InclusiveBetween(1, LineLimits.Lines)
            .OverridePropertyName(nameof(OrderRequest.ProductIds))
            .WithMessage($"Must have 1 to {LineLimits.Lines} products.")
            .When(request => request is { IsFromCart: true, ProductIds: not null });
        RuleFor(request => request.Items).NotNull().When(request => !request.IsFromCart);
        RuleFor(request => request.Items!.Count).InclusiveBetween(1, LineLimits.Lines)
            .OverridePropertyName(nameof(OrderRequest.Items))
            .WithMessage($"Must have 1 to {LineLimits.Lines} lines.")
            .When(request => request is { IsFromCart: false, Items: not null });
        RuleForEach(request => request.Items).NotNull()
            .ChildRules(item => item.RuleFor(line => line.Quantity).InclusiveBetween(1, LineLimits.Quantity))
            .When(HasFewItems);
        RuleFor(request => request.Items).Must(NoProductOverTheMaximum!)
            .WithMessage($"The lines of one product must not add up to more than {LineLimits.Quantity}.")
            .When(HasFewItems);
    }

    // Each line may add a message to the answer: too many are told by their number alone.
    private static bool HasFewItems(OrderRequest request) =>
        request is { IsFromCart: false, Items.Count: <= LineLimits.Lines };

    private static bool NoProductOverTheMaximum(IReadOnlyList<RequestedItem> items) => items
        .Where(item => item is { Quantity: > 0 })
        .GroupBy(item => item.ProductId)
        .All(product => product.Sum(item => (long)item.Quantity) <= LineLimits.Quantity);
}

/// <summary>Maxima of orders and carts.</summary>
internal static class LineLimits
{
    /// <summary>Lines of an order, products in a cart.</summary>
    public const int Lines = 50;

    /// <summary>Products read of a cart of before the limit, to find those that an order names.</summary>
    public const int OlderCart = 1_000;

    /// <summary>Pieces of one line.</summary>
    public const int Quantity = 1000;
}
