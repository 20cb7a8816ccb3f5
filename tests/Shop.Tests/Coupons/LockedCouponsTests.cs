using Shop.Coupons.Contracts;
using Shop.Coupons.IssuedCoupons;
using Xunit;

namespace Shop.Tests.Coupons;

public sealed class LockedCouponsTests
{
    private const long Coupon = 7;
    private const long Owner = 1;

    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = From.AddDays(1);
    private static readonly DateTimeOffset Now = From.AddHours(1);

    [Fact]
    public void A_coupon_offers_its_discount_to_its_owner()
    {
        Assert.Equal(new DiscountQuote(1_000, null, 5_000), Coupons().Quote(Coupon, Owner, Items(5_000), Now));
        Assert.Equal(new DiscountQuote(600, null, null), Coupons(minimum: null).Quote(Coupon, Owner, Items(600), Now));
    }

    [Fact]
    public void The_use_window_holds_its_first_moment_and_not_its_last()
    {
        var tick = TimeSpan.FromMicroseconds(1);
        Assert.Equal(Ineligibility.NotYetValid, IneligibilityOf(Coupons(), now: From - tick));
        Assert.Null(IneligibilityOf(Coupons(), now: From));
        Assert.Null(IneligibilityOf(Coupons(), now: Until - tick));
        Assert.Equal(Ineligibility.Expired, IneligibilityOf(Coupons(), now: Until));
    }

    [Fact]
    public void Items_of_exactly_the_minimum_are_enough()
    {
        Assert.Null(IneligibilityOf(Coupons(), items: 5_000));
        var below = Coupons().Quote(Coupon, Owner, Items(4_999), Now);
        Assert.Equal(new DiscountQuote(0, Ineligibility.MinimumOrderAmount, 5_000), below);
    }

    [Theory]
    [InlineData("REVOKED", Ineligibility.Revoked)]
    [InlineData("RESERVED", Ineligibility.InUse)]
    [InlineData("USED", Ineligibility.AlreadyUsed)]
    public void A_coupon_that_is_not_available_says_so_whatever_else_holds(string status, Ineligibility ineligibility)
    {
        foreach (var now in (DateTimeOffset[])[From.AddDays(-1), Now, Until])
            Assert.Equal(ineligibility, IneligibilityOf(Coupons(status, campaign: "STOPPED"), items: 1, now: now));
    }

    [Fact]
    public void A_stopped_campaign_wins_over_the_use_window()
    {
        foreach (var now in (DateTimeOffset[])[From.AddDays(-1), Now, Until])
            Assert.Equal(Ineligibility.Stopped, IneligibilityOf(Coupons(campaign: "STOPPED"), items: 1, now: now));
    }

    [Fact]
    public void The_use_window_wins_over_the_minimum_amount()
    {
        Assert.Equal(Ineligibility.NotYetValid, IneligibilityOf(Coupons(), items: 1, now: From.AddDays(-1)));
        Assert.Equal(Ineligibility.Expired, IneligibilityOf(Coupons(), items: 1, now: Until));
    }

    [Fact]
    public void Somebody_elses_coupon_is_not_there_whatever_its_state()
    {
        Assert.Equal(Ineligibility.NotFound, IneligibilityOf(Coupons(), user: Owner + 1));
        Assert.Equal(Ineligibility.NotFound, IneligibilityOf(Coupons("USED"), user: Owner + 1, now: Until));
        Assert.Equal(Ineligibility.NotFound, Coupons().Quote(Coupon + 1, Owner, Items(5_000), Now).Ineligibility);
    }

    [Fact]
    public void Somebody_elses_coupon_tells_nothing_of_itself() =>
        Assert.Null(Coupons().Quote(Coupon, Owner + 1, Items(5_000), Now).MinimumOrderAmount);

    [Theory]
    [InlineData("AVAILABLE", true, false)]
    [InlineData("RESERVED", true, true)]
    [InlineData("USED", false, false)]
    [InlineData("REVOKED", false, false)]
    public void A_quote_lists_what_is_neither_used_nor_revoked_nor_expired(string status, bool inTime, bool late)
    {
        Assert.Equal(inTime, Coupons(status).UsableBy(Owner, Now).Count == 1);
        Assert.Equal(late, Coupons(status).UsableBy(Owner, Until).Count == 1);
    }

    [Fact]
    public void A_reserved_coupon_is_in_use_for_the_next_one()
    {
        var coupons = Coupons();
        coupons.Reserve(Coupon, Guid.CreateVersion7());
        Assert.Equal(Ineligibility.InUse, IneligibilityOf(coupons));
        Assert.Throws<InvalidOperationException>(() => coupons.Reserve(Coupon, Guid.CreateVersion7()));
    }

    [Theory]
    [InlineData("RESERVED")]
    [InlineData("USED")]
    public void A_coupon_that_is_not_available_cannot_be_reserved(string status) =>
        Assert.Throws<InvalidOperationException>(() => Coupons(status).Reserve(Coupon, Guid.CreateVersion7()));

    [Fact]
    public void What_is_reserved_or_redeemed_is_recorded_and_what_is_undone_is_not()
    {
        var coupons = Coupons();
        coupons.Quote(Coupon, Owner, Items(5_000), Now);
        Assert.Empty(coupons.Changes);

        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        coupons.Reserve(Coupon, first);
        coupons.Undo(first);
        coupons.Redeem(Coupon, second);
        Assert.Equal([new CouponChange(Coupon, UserCouponStatus.Used, second)], coupons.Changes);
        Assert.Equal(Ineligibility.AlreadyUsed, IneligibilityOf(coupons));
    }

    private static Ineligibility? IneligibilityOf(
        LockedCoupons coupons, long user = Owner, long items = 5_000, DateTimeOffset? now = null) =>
        coupons.Quote(Coupon, user, Items(items), now ?? Now).Ineligibility;

    [Fact]
    public void With_a_scope_the_discount_is_of_the_items_in_it_and_the_minimum_by_all()
    {
        QuotedItem[] items = [new(1, [], 600), new(2, [21, 20], 5_000), new(3, [30], 400)];
        Assert.Equal(600, Scoped([1], null).Discount);
        Assert.Equal(1_000, Scoped([1], [20, 30]).Discount);
        Assert.Equal([2L, 3L], Scoped(null, [20, 30]).InScope!.Order());
        Assert.Equal(Ineligibility.NotApplicable, Scoped([9], [99]).Ineligibility);
        Assert.Equal(Ineligibility.NotApplicable, Scoped([9], null, minimum: 50_000).Ineligibility);
        Assert.Equal(Ineligibility.MinimumOrderAmount, Scoped([1], null, minimum: 6_001).Ineligibility);

        DiscountQuote Scoped(long[]? products, long[]? categories, long minimum = 6_000) =>
            Coupons(minimum: minimum, products: products, categories: categories).Quote(Coupon, Owner, items, Now);
    }

    private static QuotedItem[] Items(long amount) => [new(1, [], amount)];

    private static LockedCoupons Coupons(
        string status = "AVAILABLE", long? minimum = 5_000, string campaign = "ACTIVE", long[]? products = null,
        long[]? categories = null)
    {
        var coupons = new LockedCoupons((_, _) => { });
        coupons.Add(new IssuedCoupon(
            Coupon, Owner, status, campaign, "Coupon", "FIXED", 1_000, MaxDiscount: null, minimum, products,
            categories, From, Until));
        return coupons;
    }
}
