namespace Shop.Coupons.Campaigns;

/// <summary>A coupon as the outside sees it. Amounts are whole KRW.</summary>
/// <param name="Remaining">How many can still be issued.</param>
internal sealed record Coupon(
    long CouponId, string Name, Discount Discount, long? MinimumOrderAmount, int Quantity, DateTimeOffset IssueFrom,
    DateTimeOffset IssueUntil, DateTimeOffset ValidFrom, DateTimeOffset ValidUntil, int Issued, int Remaining)
{ }

internal sealed record CouponRow(
    long CouponId, string Name, string DiscountType, long DiscountValue, long? MaxDiscount, long? MinimumOrderAmount,
    int Quantity, int Issued, DateTimeOffset IssueFrom, DateTimeOffset IssueUntil, DateTimeOffset ValidFrom,
    DateTimeOffset ValidUntil)
{
    public const string Columns =
        "coupon_id, name, discount_type, discount_value, max_discount, minimum_order_amount, quantity, issued, "
            + "issue_from, issue_until, valid_from, valid_until";

    public Coupon ToCoupon() => new(
        CouponId, Name, new Discount(EnumNames.Read<DiscountType>(DiscountType), DiscountValue, MaxDiscount),
        MinimumOrderAmount, Quantity, IssueFrom, IssueUntil, ValidFrom, ValidUntil, Issued, Quantity - Issued);
}
