using Shop.BuildingBlocks;
using Shop.Ordering.Contracts;
using Shop.Ranking.Sales;
using Xunit;

namespace Shop.Tests.Ranking;

public sealed class DailySalesTests
{
    // Noon in Seoul.
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Asia/Seoul", "2026-11-21T14:59:59.999999Z", "2026-11-21")]
    [InlineData("Asia/Seoul", "2026-11-21T15:00:00Z", "2026-11-22")]
    [InlineData("Asia/Seoul", "2026-12-31T15:00:00Z", "2027-01-01")]
    [InlineData("Asia/Seoul", "2026-11-22T00:00:00+09:00", "2026-11-22")]
    [InlineData("UTC", "2026-11-21T23:59:59.999999Z", "2026-11-21")]
    [InlineData("UTC", "2026-11-22T00:00:00Z", "2026-11-22")]
    [InlineData("America/New_York", "2026-03-08T04:59:59Z", "2026-03-07")]
    [InlineData("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08")]
    [InlineData("America/New_York", "2026-03-09T03:59:59Z", "2026-03-08")]
    [InlineData("America/New_York", "2026-03-09T04:00:00Z", "2026-03-09")]
    public void A_day_begins_at_midnight_in_the_shops_time_zone(
        string zone, string instant, string day) => Assert.Equal(
        DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture),
        new ShopOptions { TimeZone = zone }.DayOf(
            DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("Asia/Seoul", true)]
    [InlineData("UTC", true)]
    [InlineData("Asia/Soul", false)]
    [InlineData("", false)]
    [InlineData("../../etc/passwd", false)]
    public void A_time_zone_must_be_known(string zone, bool known) =>
        Assert.Equal(known, new ShopOptionsValidator().Validate(new ShopOptions { TimeZone = zone }).IsValid);

    [Fact]
    public void A_batch_has_one_row_for_each_payment_and_product()
    {
        var sales = Sale.Of(
        [
            new OrderPaid(Sold(Noon, (1, 2), (2, 5))),
            new OrderPaid(Sold(Noon, (1, 3))),
            new OrderPaid(Sold(Noon.AddHours(12), (1, 7))),
        ]);

        Assert.Equal([new(Noon, 1, 5), new(Noon, 2, 5), new(Noon.AddHours(12), 1, 7)], sales);
    }

    [Fact]
    public void A_refund_goes_off_the_time_of_the_payment()
    {
        var refunded = Sold(Noon.AddDays(4), (1, 2)) with { Status = OrderStatus.Refunded };

        Assert.Equal([new(Noon, 1, -2)], Sale.Of([new OrderRefunded(refunded, PaidAt: Noon)]));
    }

    [Fact]
    public void What_is_paid_and_refunded_in_one_batch_changes_nothing()
    {
        var order = Sold(Noon, (1, 2));

        Assert.Empty(Sale.Of([new OrderPaid(order), new OrderRefunded(order, PaidAt: Noon)]));
    }

    [Fact]
    public void Orders_that_nobody_paid_for_change_nothing()
    {
        var order = Sold(Noon, (1, 2));

        Assert.Empty(Sale.Of([new OrderPaymentFailed(order), new OrderCancelled(order), new OrderExpired(order)]));
    }

    private static Order Sold(DateTimeOffset at, params (long ProductId, int Quantity)[] items) => new(
        Guid.CreateVersion7(),
        1,
        OrderStatus.Paid,
        [.. items.Select(item => new OrderItem(item.ProductId, "Tea", 1, item.Quantity, item.Quantity))],
        1, 0, 1, null, null, at, at, at);
}
