using Shop.BuildingBlocks.Pipeline;
using Shop.Catalog.Contracts;
using Shop.Coupons.Contracts;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders;

/// <summary>
/// Decides orders against the sheets, one after the other; what one takes the next no longer finds. Where several refusals hold the first wins:
/// user, product, for sale, stock, coupon, minimum amount.
/// </summary>
internal sealed class OrderPlacing(IWalletSheet users, ICouponSheet coupons, IStockSheet stock, TimeSpan paymentWindow, DateTimeOffset now)
{
    public Outcome<Order> Decide(PlaceOrder command)
    {
        if (!users.Has(command.UserId))
            return Refused.UserNotFound(command.UserId);

        // The same product twice is one line with the sum, in the place where it came first.
        var wanted = command.Items.GroupBy(item => item.ProductId)
            .Select(product => new ItemToReserve(product.Key, product.Sum(item => item.Quantity)))
            .ToList();
        if (wanted.Find(item => stock.Find(item.ProductId) is null) is { } unknown)
            return Refused.NotFound("catalog.product_not_found", $"There is no product {unknown.ProductId}.").With(("productId", unknown.ProductId));
        if (wanted.Find(item => !stock.Find(item.ProductId)!.IsForSale) is { } stopped)
            return new Refused("catalog.not_for_sale", $"Product {stopped.ProductId} is not for sale.").With(("productId", stopped.ProductId));

        var orderId = Guid.CreateVersion7(now);
        var shortages = stock.TryReserve(orderId, wanted);
        if (shortages.Count > 0)
            return new Refused("catalog.out_of_stock", "There is not enough of what you want to order.").With(("shortages", shortages));

        var items = wanted.ConvertAll(Price);
        var order = New(orderId, command.UserId, items);
        if (command.UserCouponId is not { } userCouponId)
            return order;

        var offer = coupons.Offer(userCouponId, command.UserId, order.ItemsAmount, now);
        if (offer.Obstacle == CouponObstacle.Expired && command.IfCouponExpired == ExpiredCoupon.Ignore)
            return order;
        if (offer.Obstacle is { } obstacle)
        {
            stock.Undo(orderId);
            return RefuseCoupon(userCouponId, obstacle, offer.MinimumOrderAmount);
        }

        coupons.Reserve(userCouponId, orderId);
        return order with { UserCouponId = userCouponId, DiscountAmount = offer.Discount, TotalAmount = order.ItemsAmount - offer.Discount };
    }

    private OrderItem Price(ItemToReserve item)
    {
        var product = stock.Find(item.ProductId)!;
        return new OrderItem(product.ProductId, product.Name, product.Price, item.Quantity, product.Price * item.Quantity);
    }

    private Order New(Guid orderId, long userId, IReadOnlyList<OrderItem> items)
    {
        var amount = items.Sum(item => item.Amount);
        return new Order(
            orderId, userId, OrderStatus.Created, items, amount, DiscountAmount: 0, TotalAmount: amount, UserCouponId: null, PaymentId: null,
            CreatedAt: now, ExpiresAt: now + paymentWindow, ClosedAt: null);
    }

    private static Refused RefuseCoupon(long userCouponId, CouponObstacle obstacle, long? minimum) => obstacle switch
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
