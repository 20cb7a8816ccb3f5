namespace Shop.Coupons.Contracts;

/// <summary>Locks the issued coupons that a batch of commands needs.</summary>
public interface ICouponLocks
{
    /// <summary>The resource of a row key; its key is the issued coupon's id.</summary>
    const string Resource = "coupons.user_coupons";

    /// <summary>Queues the lock of these issued coupons. The rows are there once the queue is flushed.</summary>
    ILockedCoupons Lock(IReadOnlyCollection<long> userCouponIds);

    /// <summary>
    /// Queues a read, without a lock, of the newest 1,000 coupons that the user could use, and of the one that it
    /// names.
    /// </summary>
    IUsableCoupons Read(long userId, long? userCouponId);
}

/// <summary>Coupons in memory without a lock: decisions against them are not written.</summary>
public interface IUsableCoupons : ILockedCoupons
{
    /// <summary>The user's coupons that are neither used nor revoked nor expired.</summary>
    IReadOnlyList<UsableCoupon> UsableBy(long userId, DateTimeOffset now);
}

public sealed record UsableCoupon(long UserCouponId, string Name);

/// <summary>
/// Locked coupons in memory. They record what a batch decides, and write it set-based. Amounts are whole KRW.
/// </summary>
public interface ILockedCoupons
{
    /// <summary>Whether any of them is for some categories alone, so that a quote needs those of the items.</summary>
    bool NeedCategories { get; }

    /// <summary>Says what the coupon would do for an order of this user. Nothing is taken yet.</summary>
    DiscountQuote Quote(long userCouponId, long userId, IReadOnlyList<QuotedItem> items, DateTimeOffset now);

    /// <summary>Reserves the coupon for an order that waits for its payment.</summary>
    /// <exception cref="InvalidOperationException">It is not available.</exception>
    void Reserve(long userCouponId, Guid orderId);

    /// <summary>Redeems the coupon for an order that is paid in this transaction.</summary>
    /// <exception cref="InvalidOperationException">It is not available.</exception>
    void Redeem(long userCouponId, Guid orderId);

    /// <summary>Takes back what was reserved or redeemed for the order in this batch.</summary>
    void Undo(Guid orderId);

    /// <summary>Queues the changed coupons.</summary>
    void Write(DateTimeOffset now);
}

/// <param name="CategoryIds">The product's categories and those above them.</param>
/// <param name="Amount">0 or more.</param>
public sealed record QuotedItem(long ProductId, IReadOnlyCollection<long> CategoryIds, long Amount);

/// <param name="Discount">0 ≤ discount ≤ items in scope; 0 where the coupon is not eligible.</param>
/// <param name="Ineligibility">Why the coupon can't be used, or null.</param>
/// <param name="MinimumOrderAmount">The minimum of the items' amount, or null.</param>
public sealed record DiscountQuote(long Discount, Ineligibility? Ineligibility, long? MinimumOrderAmount)
{
    /// <summary>The products that the discount is taken of; null: of all.</summary>
    public IReadOnlySet<long>? InScope { get; init; }
}

/// <summary>Why a coupon can't be used for an order; where several hold, the first here is told.</summary>
public enum Ineligibility
{
    /// <summary>There is none, or it is another user's.</summary>
    NotFound,
    Revoked,
    AlreadyUsed,

    /// <summary>Another open order holds it.</summary>
    InUse,
    Stopped,
    Expired,
    NotYetValid,

    /// <summary>No item is in its scope.</summary>
    NotApplicable,
    MinimumOrderAmount,

    /// <summary>Its discount would be 0.</summary>
    NoDiscount,
}
