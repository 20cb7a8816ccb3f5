using Shop.Messages;

namespace Shop.Coupons.Contracts;

/// <summary>Hands out the held coupons that a group of hot commands needs. A sheet is filled when the queued statements are sent.</summary>
public interface ICouponSheets
{
    /// <summary>Queues the locking of these held coupons, in the order of their ids.</summary>
    ICouponSheet Lock(IReadOnlyCollection<long> userCouponIds);
}

/// <summary>Held coupons in memory while commands are decided. Amounts are whole KRW.</summary>
public interface ICouponSheet
{
    /// <summary>The row as a batch knows it.</summary>
    RowKey RowOf(long userCouponId);

    /// <summary>Says what the coupon would do for an order of this user. Nothing is taken yet.</summary>
    /// <param name="itemsAmount">0 or more.</param>
    CouponOffer Offer(long userCouponId, long userId, long itemsAmount, DateTimeOffset now);

    /// <summary>Reserves the coupon for the order.</summary>
    /// <exception cref="InvalidOperationException">It is not available.</exception>
    void Reserve(long userCouponId, Guid orderId);

    /// <summary>Gives back what <see cref="Reserve"/> reserved for the order on this sheet.</summary>
    void Undo(Guid orderId);

    /// <summary>Queues what was reserved.</summary>
    void Post();
}

/// <param name="Discount">0 ≤ discount ≤ items; 0 where there is an obstacle.</param>
/// <param name="Obstacle">Why the coupon can't be used, or null.</param>
/// <param name="MinimumOrderAmount">What the items must come to, where the coupon says so.</param>
public sealed record CouponOffer(long Discount, CouponObstacle? Obstacle, long? MinimumOrderAmount);

/// <summary>Why a coupon can't be used for an order; where several hold, the first here is told.</summary>
public enum CouponObstacle
{
    /// <summary>There is none, or it is somebody else's.</summary>
    NotFound,
    AlreadyUsed,

    /// <summary>Another open order holds it.</summary>
    InUse,
    NotYetValid,
    Expired,
    BelowMinimumOrderAmount,

    /// <summary>Its discount would be 0.</summary>
    NoDiscount,
}
