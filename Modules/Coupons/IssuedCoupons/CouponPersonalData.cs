using Shop.BuildingBlocks.Exports;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>The data of Coupons about a user, for an export.</summary>
internal static class CouponPersonalData
{
    public static IReadOnlyList<PersonalData> All { get; } =
    [
        new("coupons", """
            select u.user_coupon_id, u.coupon_id, c.name, u.status, u.order_id, u.valid_from, u.valid_until,
                u.issued_at, u.used_at
            from coupons.user_coupons u join coupons.coupons c on c.coupon_id = u.coupon_id
            where u.user_id = @userId order by u.user_coupon_id
            """),
        new("couponRequests", """
            select request_id, coupon_id, status, user_coupon_id, reason, requested_at, settled_at
            from coupons.requests where user_id = @userId order by request_id
            """),
        new("couponCodeMisses", """
            select missed_at from coupons.code_misses where user_id = @userId order by missed_at
            """),
    ];
}
