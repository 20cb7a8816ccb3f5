namespace Shop.Coupons.Campaigns;

internal enum DiscountType
{
    Fixed,
    Percent,
}

/// <summary>A coupon's discount.</summary>
/// <param name="Value">KRW for FIXED, 1..100 for PERCENT.</param>
/// <param name="MaxDiscount">The most that it takes off, KRW.</param>
internal sealed record Discount(DiscountType Type, long Value, long? MaxDiscount = null)
{
    /// <summary>PERCENT is floored; no discount exceeds its cap or the items.</summary>
    /// <param name="itemsAmount">KRW, 0 or more.</param>
    public long Of(long itemsAmount)
    {
        // 128 bits: a hundred times a large amount is more than 64 hold.
        var discount = Type == DiscountType.Percent ? (long)((Int128)itemsAmount * Value / 100) : Value;
        return Math.Min(Math.Min(discount, MaxDiscount ?? long.MaxValue), itemsAmount);
    }
}
