using Shop.Catalog.Stock;
using Xunit;

namespace Shop.Tests.Catalog;

public sealed class StockLimitTests
{
    [Theory]
    [InlineData(10, 4, -6)]
    [InlineData(10, 4, 1)]
    [InlineData(10, 10, 1)]
    [InlineData(0, 0, StockLimit.OnHand)]
    [InlineData(StockLimit.OnHand - 1, 0, 1)]
    public void Stock_moves_between_what_is_reserved_and_the_limit(long onHand, long reserved, long delta) =>
        Assert.Null(StockLimit.Check(onHand, reserved, delta));

    [Theory]
    [InlineData(10, 4, -7)]
    [InlineData(10, 10, -1)]
    [InlineData(0, 0, -1)]
    [InlineData(10, 4, long.MinValue)]
    public void Stock_does_not_fall_under_what_is_reserved(long onHand, long reserved, long delta) =>
        Assert.Equal("catalog.stock_would_go_negative", StockLimit.Check(onHand, reserved, delta)?.Code);

    [Theory]
    [InlineData(0, StockLimit.OnHand + 1)]
    [InlineData(StockLimit.OnHand, 1)]
    [InlineData(1, long.MaxValue)]
    public void Stock_does_not_rise_over_the_limit(long onHand, long delta) =>
        Assert.Equal("catalog.stock_limit_exceeded", StockLimit.Check(onHand, reserved: 0, delta)?.Code);

    [Fact]
    public void Stock_that_returns_have_brought_over_the_limit_can_be_taken_down_but_not_up()
    {
        const long OverTheLimit = StockLimit.OnHand + 100;

        Assert.Null(StockLimit.Check(OverTheLimit, reserved: 0, delta: -1));
        Assert.Equal("catalog.stock_limit_exceeded", StockLimit.Check(OverTheLimit, reserved: 0, delta: 1)?.Code);
    }
}
