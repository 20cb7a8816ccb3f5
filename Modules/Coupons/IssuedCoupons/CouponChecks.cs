using Shop.BuildingBlocks.Audit;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>The audit's checks of coupons.</summary>
internal static class CouponChecks
{
    public static IReadOnlyList<AuditCheck> All { get; } =
    [
        new("coupons.issued-within-quantity", "No coupon was issued more often than there are of it.", """
            select format('coupon %s: issued %s of %s', coupon_id, issued, quantity) from coupons.coupons
                where issued not between 0 and quantity
            """),

        new("coupons.issued-is-count-of-held", "Every coupon was issued as often as users have got one.", """
            select format('coupon %s: issued %s, with users %s', coupon_id, coalesce(c.issued, 0), coalesce(h.held, 0))
            from coupons.coupons c
            full join (select coupon_id, count(*) as held from coupons.user_coupons
                group by coupon_id) h using (coupon_id)
            where coalesce(c.issued, 0) <> coalesce(h.held, 0)
            """),

        new("coupons.one-for-each-user", "No user has got two of one coupon.", """
            select format('user %s has %s of coupon %s', user_id, count(*), coupon_id) from coupons.user_coupons
            group by coupon_id, user_id having count(*) > 1
            """),

        new("coupons.completed-requests-have-coupon", "Whoever the waiting line served has the coupon.", """
            select format('request %s of user %s: coupon %s is not there', r.request_id, r.user_id, r.user_coupon_id)
            from coupons.requests r
            left join coupons.user_coupons h using (user_coupon_id, coupon_id, user_id)
            where r.status = 'COMPLETED' and h.issued_at is null
            """),
    ];
}
