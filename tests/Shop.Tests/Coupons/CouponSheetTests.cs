using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.Coupons.Contracts;
using Shop.Coupons.Held;
using Xunit;

namespace Shop.Tests.Coupons;

public sealed class CouponSheetTests
{
    private const long Coupon = 7;
    private const long Owner = 1;

    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = From.AddDays(1);
    private static readonly DateTimeOffset Now = From.AddHours(1);

    [Fact]
    public void A_coupon_offers_its_discount_to_its_owner()
    {
        Assert.Equal(new CouponOffer(1_000, null, 5_000), Sheet().Offer(Coupon, Owner, 5_000, Now));
        Assert.Equal(new CouponOffer(600, null, null), Sheet(minimum: null).Offer(Coupon, Owner, 600, Now));
    }

    [Fact]
    public void The_use_window_holds_its_first_moment_and_not_its_last()
    {
        var tick = TimeSpan.FromMicroseconds(1);
        Assert.Equal(CouponObstacle.NotYetValid, ObstacleOf(Sheet(), now: From - tick));
        Assert.Null(ObstacleOf(Sheet(), now: From));
        Assert.Null(ObstacleOf(Sheet(), now: Until - tick));
        Assert.Equal(CouponObstacle.Expired, ObstacleOf(Sheet(), now: Until));
    }

    [Fact]
    public void Items_of_exactly_the_minimum_are_enough()
    {
        Assert.Null(ObstacleOf(Sheet(), items: 5_000));
        var below = Sheet().Offer(Coupon, Owner, 4_999, Now);
        Assert.Equal(new CouponOffer(0, CouponObstacle.BelowMinimumOrderAmount, 5_000), below);
    }

    [Theory]
    [InlineData("RESERVED", CouponObstacle.InUse)]
    [InlineData("USED", CouponObstacle.AlreadyUsed)]
    public void A_coupon_that_is_not_available_says_so_whatever_else_holds(string status, CouponObstacle obstacle)
    {
        foreach (var now in (DateTimeOffset[])[From.AddDays(-1), Now, Until])
            Assert.Equal(obstacle, ObstacleOf(Sheet(status), items: 1, now: now));
    }

    [Fact]
    public void The_use_window_wins_over_the_minimum_amount()
    {
        Assert.Equal(CouponObstacle.NotYetValid, ObstacleOf(Sheet(), items: 1, now: From.AddDays(-1)));
        Assert.Equal(CouponObstacle.Expired, ObstacleOf(Sheet(), items: 1, now: Until));
    }

    [Fact]
    public void Somebody_elses_coupon_is_not_there_whatever_its_state()
    {
        Assert.Equal(CouponObstacle.NotFound, ObstacleOf(Sheet(), user: Owner + 1));
        Assert.Equal(CouponObstacle.NotFound, ObstacleOf(Sheet("USED"), user: Owner + 1, now: Until));
        Assert.Equal(CouponObstacle.NotFound, Sheet().Offer(Coupon + 1, Owner, 5_000, Now).Obstacle);
    }

    [Fact]
    public void Somebody_elses_coupon_tells_nothing_of_itself() => Assert.Null(Sheet().Offer(Coupon, Owner + 1, 5_000, Now).MinimumOrderAmount);

    [Fact]
    public void A_reserved_coupon_is_in_use_for_the_next_one()
    {
        var sheet = Sheet();
        sheet.Reserve(Coupon, Guid.CreateVersion7());
        Assert.Equal(CouponObstacle.InUse, ObstacleOf(sheet));
        Assert.Throws<InvalidOperationException>(() => sheet.Reserve(Coupon, Guid.CreateVersion7()));
    }

    [Theory]
    [InlineData("RESERVED")]
    [InlineData("USED")]
    public void A_coupon_that_is_not_available_cannot_be_reserved(string status) =>
        Assert.Throws<InvalidOperationException>(() => Sheet(status).Reserve(Coupon, Guid.CreateVersion7()));

    [Fact]
    public async Task What_is_reserved_is_posted_and_nothing_else()
    {
        await using var database = NpgsqlDataSource.Create("Host=nowhere.invalid");
        await using var db = new Db(database, Options.Create(new DatabaseOptions()));
        var sheet = Sheet(db: db);

        sheet.Offer(Coupon, Owner, 5_000, Now);
        sheet.Post();
        // Without a transaction a queue can only be sent when it is empty.
        await db.FlushAsync(CancellationToken.None);

        sheet.Reserve(Coupon, Guid.CreateVersion7());
        sheet.Post();
        await Assert.ThrowsAsync<InvalidOperationException>(() => db.FlushAsync(CancellationToken.None));
    }

    private static CouponObstacle? ObstacleOf(CouponSheet sheet, long user = Owner, long items = 5_000, DateTimeOffset? now = null) =>
        sheet.Offer(Coupon, user, items, now ?? Now).Obstacle;

    private static CouponSheet Sheet(string status = "AVAILABLE", long? minimum = 5_000, Db? db = null)
    {
        var sheet = new CouponSheet(db!);
        sheet.Add(new HeldCoupon(Coupon, Owner, status, "FIXED", 1_000, MaxDiscount: null, minimum, From, Until));
        return sheet;
    }
}
