using System.Data.Common;
using Dapper;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.Coupons.Contracts;
using Shop.Coupons.Definitions;
using Shop.Messages;

namespace Shop.Coupons.Held;

internal sealed class CouponSheets(Db db) : ICouponSheets
{
    // The definition is only read: what an order needs of it never changes.
    private static readonly LockStatement LockHeld = new(
        LockOrder.UserCoupon,
        "coupons.user_coupons",
        """
        select u.user_coupon_id, u.user_id, u.status, c.discount_type, c.discount_value, c.max_discount,
            c.minimum_order_amount, c.valid_from, c.valid_until
        from coupons.user_coupons u
        join coupons.coupons c on c.coupon_id = u.coupon_id
        where u.user_coupon_id = any(@keys)
        order by u.user_coupon_id
        for no key update of u
        """,
        "select user_coupon_id from coupons.user_coupons where user_coupon_id = any(@keys)");

    public static RowKey RowOf(long userCouponId) => new(LockHeld.Resource, userCouponId);

    public ICouponSheet Lock(IReadOnlyCollection<long> userCouponIds)
    {
        var sheet = new CouponSheet(db);
        Func<DbDataReader, HeldCoupon>? parse = null;
        db.QueueLock(LockHeld, userCouponIds, row => sheet.Add((parse ??= row.GetRowParser<HeldCoupon>())(row)));
        return sheet;
    }
}

internal sealed record HeldCoupon(
    long UserCouponId, long UserId, string Status, string DiscountType, long DiscountValue, long? MaxDiscount, long? MinimumOrderAmount,
    DateTimeOffset ValidFrom, DateTimeOffset ValidUntil)
{
    public Discount Discount => new(EnumNames.Read<DiscountType>(DiscountType), DiscountValue, MaxDiscount);
}

internal sealed class CouponSheet(Db db) : ICouponSheet
{
    private const string PostReserved = """
        update coupons.user_coupons u set status = 'RESERVED', order_id = r.order_id
        from unnest(@held, @orders) as r (user_coupon_id, order_id)
        where u.user_coupon_id = r.user_coupon_id and u.user_coupon_id = any(@held) and u.status = 'AVAILABLE'
        """;

    private static readonly string Available = EnumNames.Of(UserCouponStatus.Available);
    private static readonly string Reserved = EnumNames.Of(UserCouponStatus.Reserved);

    private readonly Dictionary<long, HeldCoupon> held = [];
    private readonly List<(long UserCouponId, Guid OrderId)> reserved = [];

    public void Add(HeldCoupon coupon) => held.Add(coupon.UserCouponId, coupon);

    public RowKey RowOf(long userCouponId) => CouponSheets.RowOf(userCouponId);

    public CouponOffer Offer(long userCouponId, long userId, long itemsAmount, DateTimeOffset now)
    {
        var coupon = held.GetValueOrDefault(userCouponId);
        return ObstacleOf(coupon, userId, itemsAmount, now) is { } obstacle
            ? new CouponOffer(0, obstacle, obstacle == CouponObstacle.NotFound ? null : coupon!.MinimumOrderAmount)
            : new CouponOffer(coupon!.Discount.Of(itemsAmount), null, coupon.MinimumOrderAmount);
    }

    public void Reserve(long userCouponId, Guid orderId)
    {
        if (held[userCouponId].Status != Available)
            throw new InvalidOperationException($"The held coupon {userCouponId} is {held[userCouponId].Status}.");
        held[userCouponId] = held[userCouponId] with { Status = Reserved };
        reserved.Add((userCouponId, orderId));
    }

    public void Undo(Guid orderId)
    {
        foreach (var (userCouponId, _) in reserved.Where(coupon => coupon.OrderId == orderId))
            held[userCouponId] = held[userCouponId] with { Status = Available };
        reserved.RemoveAll(coupon => coupon.OrderId == orderId);
    }

    public void Post()
    {
        if (reserved.Count > 0)
        {
            db.QueueWrite(
                PostReserved,
                reserved.Count,
                ("held", reserved.ConvertAll(coupon => coupon.UserCouponId)),
                ("orders", reserved.ConvertAll(coupon => coupon.OrderId)));
        }
    }

    private static CouponObstacle? ObstacleOf(HeldCoupon? coupon, long userId, long itemsAmount, DateTimeOffset now) => coupon switch
    {
        null => CouponObstacle.NotFound,
        _ when coupon.UserId != userId => CouponObstacle.NotFound,
        _ when coupon.Status == Reserved => CouponObstacle.InUse,
        _ when coupon.Status != Available => CouponObstacle.AlreadyUsed,
        _ when now < coupon.ValidFrom => CouponObstacle.NotYetValid,
        _ when now >= coupon.ValidUntil => CouponObstacle.Expired,
        _ when itemsAmount < coupon.MinimumOrderAmount => CouponObstacle.BelowMinimumOrderAmount,
        _ when coupon.Discount.Of(itemsAmount) == 0 => CouponObstacle.NoDiscount,
        _ => null,
    };
}
