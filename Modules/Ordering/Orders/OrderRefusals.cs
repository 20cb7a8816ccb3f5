using Shop.Catalog.Contracts;
using Shop.Coupons.Contracts;
using Shop.Ordering.Orders.Placing;

namespace Shop.Ordering.Orders;

internal static class OrderRefusals
{
    /// <summary>The codes with which an order or a checkout may be refused.</summary>
    public static readonly string[] Placing =
    [
        "wallet.user_not_found",
        "orders.empty_cart",
        "orders.too_many_lines",
        "catalog.product_not_found",
        "catalog.not_for_sale",
        "catalog.out_of_stock",
        "coupons.user_coupon_not_found",
        "coupons.expired",
        "coupons.not_yet_valid",
        "coupons.already_used",
        "coupons.in_use",
        "coupons.minimum_order_amount",
        "coupons.no_discount",
        "payments.insufficient_balance",
    ];

    // Somebody else's order too, rather than forbidden: ids tell nothing.
    public static Error NotFound(Guid orderId) => new Error("orders.not_found", $"There is no order {orderId}.", 404);

    public static Error TooManyLines() =>
        new Error("orders.too_many_lines", $"An order has at most {LineLimits.Lines} lines, a cart as many products.")
            .With(("maximum", LineLimits.Lines));

    public static Error TooManyOpen(int maximum) =>
        new Error("orders.too_many_open", $"At most {maximum} orders may wait for their payment.")
            .With(("maximum", maximum));

    public static Error InsufficientBalance(long total, long balance) =>
        new Error("payments.insufficient_balance", "The wallet does not hold enough.").With(("shortfall", total - balance));
}

internal static class ProductRefusals
{
    /// <summary>The codes with which a cart may be refused.</summary>
    public static readonly string[] PutInCart =
    [
        "wallet.user_not_found",
        "catalog.product_not_found",
        "catalog.not_for_sale",
        "orders.too_many_lines",
        "catalog.out_of_stock",
    ];

    public static Error NotFound(long productId) =>
        new Error("catalog.product_not_found", $"There is no product {productId}.", 404).With(("productId", productId));

    public static Error NotForSale(IReadOnlyList<long> productIds) =>
        new Error("catalog.not_for_sale", $"Not for sale: {string.Join(", ", productIds)}.").With(("productIds", productIds));

    public static Error OutOfStock(IReadOnlyList<Shortage> shortages) =>
        new Error("catalog.out_of_stock", "There is not enough of what you want to order.").With(("shortages", shortages));
}

internal static class CouponRefusals
{
    public static Error Of(long userCouponId, Ineligibility ineligibility, long? minimum) => ineligibility switch
    {
        Ineligibility.NotFound => new Error("coupons.user_coupon_not_found", $"There is no held coupon {userCouponId}.", 404),
        Ineligibility.AlreadyUsed => new Error("coupons.already_used", "The coupon has been used."),
        Ineligibility.InUse => new Error("coupons.in_use", "Another open order holds the coupon."),
        Ineligibility.NotYetValid => new Error("coupons.not_yet_valid", "The coupon can't be used yet."),
        Ineligibility.Expired => new Error("coupons.expired", "The coupon has expired."),
        Ineligibility.BelowMinimumOrderAmount => new Error("coupons.minimum_order_amount", $"The coupon is for orders of at least {minimum} KRW.")
            .With(("minimum", minimum)),
        Ineligibility.NoDiscount => new Error("coupons.no_discount", "The coupon takes nothing off this order."),
        _ => throw new ArgumentOutOfRangeException(nameof(ineligibility), ineligibility, "There is no such ineligibility."),
    };
}
