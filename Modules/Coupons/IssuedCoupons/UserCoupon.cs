using Shop.Coupons.Campaigns;

namespace Shop.Coupons.IssuedCoupons;

/// <summary>A coupon in somebody's hands, as the outside sees it.</summary>
internal sealed record UserCoupon(
    long UserCouponId, long CouponId, string Name, Discount Discount, long? MinimumOrderAmount, UserCouponStatus Status,
    CouponScope? Scope, DateTimeOffset ValidFrom, DateTimeOffset ValidUntil, DateTimeOffset IssuedAt,
    DateTimeOffset? UsedAt, Guid? OrderId)
{ }

internal enum UserCouponStatus
{
    Available,
    Reserved,
    Used,

    /// <summary>Never stored: an available one whose time is over.</summary>
    Expired,

    /// <summary>Taken back from its user, who gets no other.</summary>
    Revoked,
}

internal sealed record UserCouponRow(
    long UserCouponId, long CouponId, string Name, string DiscountType, long DiscountValue, long? MaxDiscount,
    long? MinimumOrderAmount, string Status, long[]? ScopeProducts, long[]? ScopeCategories, DateTimeOffset ValidFrom,
    DateTimeOffset ValidUntil, DateTimeOffset IssuedAt, DateTimeOffset? UsedAt, Guid? OrderId)
{
    /// <summary>The database's clock says what has expired; no job does.</summary>
    public const string Select = """
        select user_coupon_id, coupon_id, name, discount_type, discount_value, max_discount, minimum_order_amount,
            status, scope_products, scope_categories, valid_from, valid_until, issued_at, used_at, order_id
        from (
            select u.user_coupon_id, u.coupon_id, u.user_id, c.name, c.discount_type, c.discount_value, c.max_discount,
                c.minimum_order_amount,
                case when u.status = 'AVAILABLE' and u.valid_until <= (select shop.now())
                    then 'EXPIRED' else u.status end as status,
                c.scope_products, c.scope_categories, u.valid_from, u.valid_until, u.issued_at, u.used_at, u.order_id
            from coupons.user_coupons u
            join coupons.coupons c on c.coupon_id = u.coupon_id) as held
        """;

    public UserCoupon ToUserCoupon() => new(
        UserCouponId, CouponId, Name,
        new Discount(EnumNames.Read<DiscountType>(DiscountType), DiscountValue, MaxDiscount), MinimumOrderAmount,
        EnumNames.Read<UserCouponStatus>(Status), CouponScope.Of(ScopeProducts, ScopeCategories), ValidFrom,
        ValidUntil, IssuedAt, UsedAt, OrderId);
}
