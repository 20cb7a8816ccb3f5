using Shop.BuildingBlocks.Pipeline;
using Shop.Catalog.Contracts;
using Shop.Coupons.Contracts;

namespace Shop.Ordering.Orders;

internal static class OrderRefusals
{
    // Somebody else's order too, rather than forbidden: ids tell nothing.
    public static Refused NotFound(Guid orderId) => Refused.NotFound("orders.not_found", $"There is no order {orderId}.");

    public static Refused InsufficientBalance(long total, long balance) =>
        new Refused("payments.insufficient_balance", "The wallet does not hold enough.").With(("shortfall", total - balance));
}

internal static class ProductRefusals
{
    public static Refused NotFound(long productId) =>
        Refused.NotFound("catalog.product_not_found", $"There is no product {productId}.").With(("productId", productId));

    public static Refused NotForSale(long productId) => new Refused("catalog.not_for_sale", $"Product {productId} is not for sale.").With(("productId", productId));

    public static Refused OutOfStock(IReadOnlyList<Shortage> shortages) =>
        new Refused("catalog.out_of_stock", "There is not enough of what you want to order.").With(("shortages", shortages));
}

internal static class CouponRefusals
{
    public static Refused Of(long userCouponId, CouponObstacle obstacle, long? minimum) => obstacle switch
    {
        CouponObstacle.NotFound => Refused.NotFound("coupons.user_coupon_not_found", $"There is no held coupon {userCouponId}."),
        CouponObstacle.AlreadyUsed => new Refused("coupons.already_used", "The coupon has been used."),
        CouponObstacle.InUse => new Refused("coupons.in_use", "Another open order holds the coupon."),
        CouponObstacle.NotYetValid => new Refused("coupons.not_yet_valid", "The coupon can't be used yet."),
        CouponObstacle.Expired => new Refused("coupons.expired", "The coupon has expired."),
        CouponObstacle.BelowMinimumOrderAmount => new Refused("coupons.minimum_order_amount", $"The coupon is for orders of at least {minimum} KRW.")
            .With(("minimum", minimum)),
        _ => throw new ArgumentOutOfRangeException(nameof(obstacle), obstacle, "There is no such obstacle."),
    };
}
