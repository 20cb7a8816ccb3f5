using Shop.BuildingBlocks;
using Shop.Coupons.Campaigns;
using Xunit;

namespace Shop.Tests.Coupons;

public sealed class DiscountTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(999, 999)]
    [InlineData(1_000, 1_000)]
    [InlineData(5_000, 1_000)]
    public void A_fixed_discount_takes_off_its_value_and_no_more_than_the_items(long items, long discount) =>
        Assert.Equal(discount, new Discount(DiscountType.Fixed, 1_000).Of(items));

    [Theory]
    [InlineData(0, 10, 0)]
    [InlineData(9, 10, 0)]
    [InlineData(19, 10, 1)]
    [InlineData(10_001, 33, 3_300)]
    [InlineData(10_001, 100, 10_001)]
    [InlineData(99, 1, 0)]
    [InlineData(100, 1, 1)]
    public void A_percentage_is_floored(long items, long percent, long discount) =>
        Assert.Equal(discount, new Discount(DiscountType.Percent, percent).Of(items));

    [Theory]
    [InlineData("PERCENT", 50, 3_000, 10_000, 3_000)]
    [InlineData("PERCENT", 50, 3_000, 5_999, 2_999)]
    [InlineData("PERCENT", 100, 3_000, 2_000, 2_000)]
    [InlineData("FIXED", 5_000, 3_000, 10_000, 3_000)]
    public void A_cap_holds(string type, long value, long cap, long items, long discount) =>
        Assert.Equal(discount, new Discount(EnumNames.Read<DiscountType>(type), value, cap).Of(items));

    [Fact]
    public void The_largest_amounts_do_not_overflow()
    {
        Assert.Equal(long.MaxValue, new Discount(DiscountType.Percent, 100).Of(long.MaxValue));
        Assert.Equal(long.MaxValue / 2, new Discount(DiscountType.Percent, 50).Of(long.MaxValue));
        Assert.Equal(long.MaxValue, new Discount(DiscountType.Fixed, long.MaxValue).Of(long.MaxValue));
    }

    [Fact]
    public void Whatever_the_coupon_and_the_items_a_discount_is_within_its_bounds()
    {
        var random = new Random(20_260_101);
        for (var i = 0; i < 20_000; i++)
        {
            var type = random.Next(2) == 0 ? DiscountType.Fixed : DiscountType.Percent;
            var value = type == DiscountType.Percent ? random.NextInt64(1, 101) : Amount(random, from: 1);
            long? cap = random.Next(2) == 0 ? null : Amount(random, from: 1);
            var items = Amount(random, from: 0);

            var discount = new Discount(type, value, cap).Of(items);

            var said = $"{type} {value}, cap {cap}, items {items}: {discount}";
            Assert.True(discount >= 0 && discount <= items, said);
            Assert.True(discount <= (cap ?? long.MaxValue), said);
            var uncapped = type == DiscountType.Fixed ? value : (long)decimal.Floor((decimal)items * value / 100);
            Assert.True(discount == new[] { uncapped, cap ?? long.MaxValue, items }.Min(), said);
        }
    }

    // Of every order of magnitude alike.
    private static long Amount(Random random, long from) =>
        random.NextInt64(from, (long)Math.Pow(10, random.Next(1, 19)));
}
