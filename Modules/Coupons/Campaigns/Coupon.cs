using System.ComponentModel.DataAnnotations;

namespace Shop.Coupons.Campaigns;

/// <summary>A coupon as the outside sees it. Amounts are whole KRW.</summary>
/// <param name="Remaining">How many can still be issued.</param>
internal sealed record Coupon(
    long CouponId, string Name, Discount Discount, long? MinimumOrderAmount, int Quantity, DateTimeOffset IssueFrom,
    DateTimeOffset IssueUntil, DateTimeOffset ValidFrom, DateTimeOffset ValidUntil, CouponScope? Scope,
    Issuance Issuance, CouponStatus Status, int Issued, int Remaining) : ITagged
{
    object ITagged.Tagged => this with { Issued = 0, Remaining = 0 };
}

internal enum CouponStatus
{
    Active,

    /// <summary>None is issued, and none that is held can be used for a new order.</summary>
    Stopped,
}

/// <summary>The ways in which a coupon can be had.</summary>
internal enum Issuance
{
    Any,
    Direct,
    Line,
    Code,
    Grant,
}

/// <summary>The items that a discount is taken of: those of these products, or in these categories.</summary>
internal sealed record CouponScope(
    [property: MinLength(1), MaxLength(CouponScope.MaximumIds)] IReadOnlyList<long>? ProductIds = null,
    [property: MinLength(1), MaxLength(CouponScope.MaximumIds)] IReadOnlyList<long>? CategoryIds = null)
{
    public const int MaximumIds = 100;

    /// <returns>Null: all items.</returns>
    public static CouponScope? Of(long[]? productIds, long[]? categoryIds) =>
        productIds is null && categoryIds is null ? null : new CouponScope(productIds, categoryIds);
}

internal sealed record CouponRow(
    long CouponId, string Name, string DiscountType, long DiscountValue, long? MaxDiscount, long? MinimumOrderAmount,
    int Quantity, int Issued, DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, DateTimeOffset ValidFrom,
    DateTimeOffset ValidUntil, long[]? ScopeProducts, long[]? ScopeCategories, string Issuance, string Status)
{
    public const string Columns =
        "coupon_id, name, discount_type, discount_value, max_discount, minimum_order_amount, quantity, issued, "
            + "issue_from, issue_until, valid_from, valid_until, scope_products, scope_categories, issuance, status";

    public Coupon ToCoupon() => new(
        CouponId, Name, new Discount(EnumNames.Read<DiscountType>(DiscountType), DiscountValue, MaxDiscount),
        MinimumOrderAmount, Quantity, IssueFrom, IssueUntil, ValidFrom, ValidUntil,
        CouponScope.Of(ScopeProducts, ScopeCategories), EnumNames.Read<Issuance>(Issuance),
        EnumNames.Read<CouponStatus>(Status), Issued, Quantity - Issued);
}
