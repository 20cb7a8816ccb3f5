using Shop.Catalog.Contracts;
using Shop.Catalog.Stock;
using Xunit;

namespace Shop.Tests.Catalog;

public sealed class LockedStockTests
{
    private const long Tea = 1;
    private const long Cup = 2;
    private const long User = 10;

    private readonly Guid order = Guid.CreateVersion7();
    private readonly Guid other = Guid.CreateVersion7();

    [Fact]
    public void An_order_is_reserved_where_everything_is_available()
    {
        var stock = StockOf(tea: 3, cups: 2);

        Assert.Empty(stock.TryReserve(order, User, [new(Tea, 3), new(Cup, 1)]));

        Assert.Equal(
            [new Shortage(Tea, 1, 0), new Shortage(Cup, 2, 1)],
            stock.TryReserve(other, User, [new(Tea, 1), new(Cup, 2)]));
    }

    [Fact]
    public void Two_lines_of_one_product_are_checked_by_their_sum()
    {
        var stock = StockOf(tea: 5);

        Assert.Equal([new Shortage(Tea, 6, 5)], stock.TryReserve(order, User, [new(Tea, 3), new(Tea, 3)]));
        Assert.Empty(stock.TryReserve(order, User, [new(Tea, 3), new(Tea, 2)]));
        Assert.Equal([new Shortage(Tea, 1, 0)], stock.TryReserve(other, User, [new(Tea, 1)]));
    }

    [Fact]
    public void Every_product_that_is_short_is_named()
    {
        var stock = StockOf(tea: 1, cups: 2);

        Assert.Equal(
            [new Shortage(Cup, 9, 2), new Shortage(Tea, 8, 1)],
            stock.TryReserve(order, User, [new(Cup, 9), new(Tea, 8)]));
    }

    [Fact]
    public void An_order_that_is_short_of_one_product_reserves_nothing_of_the_others()
    {
        var stock = StockOf(tea: 5, cups: 0);

        Assert.Equal([new Shortage(Cup, 1, 0)], stock.TryReserve(order, User, [new(Tea, 5), new(Cup, 1)]));

        Assert.Empty(stock.TryReserve(other, User, [new(Tea, 5)]));
    }

    [Fact]
    public void The_last_one_goes_to_the_order_that_comes_first()
    {
        var stock = StockOf(tea: 1);

        Assert.Empty(stock.TryReserve(order, User, [new(Tea, 1)]));
        Assert.Equal([new Shortage(Tea, 1, 0)], stock.TryReserve(other, User, [new(Tea, 1)]));
    }

    [Fact]
    public void An_order_that_is_undone_gives_back_what_it_reserved()
    {
        var stock = StockOf(tea: 2, cups: 1);
        stock.TryReserve(order, User, [new(Tea, 2), new(Cup, 1)]);

        stock.Undo(order);

        Assert.Empty(stock.TryReserve(other, User, [new(Tea, 2), new(Cup, 1)]));
    }

    [Fact]
    public void Undoing_an_order_twice_or_one_that_reserved_nothing_gives_nothing_back()
    {
        var stock = StockOf(tea: 2);
        stock.TryReserve(order, User, [new(Tea, 1)]);
        stock.TryReserve(other, User, [new(Tea, 9)]);

        stock.Undo(order);
        stock.Undo(order);
        stock.Undo(other);

        Assert.Equal([new Shortage(Tea, 3, 2)], stock.TryReserve(other, User, [new(Tea, 3)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_quantity_that_is_not_above_0_is_a_fault_of_the_caller(int quantity) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => StockOf(tea: 2).TryReserve(order, User, [new(Tea, quantity)]));

    [Fact]
    public void A_product_that_does_not_exist_is_not_found()
    {
        var stock = StockOf(tea: 2);

        Assert.Equal("Tea", stock.Find(Tea)?.Name);
        Assert.Null(stock.Find(Cup));
    }

    [Fact]
    public void Stock_that_was_locked_alone_tells_no_name_and_no_price()
    {
        var stock = new LockedStock((_, _) => { });
        stock.Add(new StockRow(Tea, OnHand: 2, Reserved: 1));

        Assert.Equal(2, stock.RowOf(Tea)?.OnHand);
        Assert.Null(stock.RowOf(Cup));
        Assert.Throws<InvalidOperationException>(() => stock.Find(Tea));
        Assert.Throws<InvalidOperationException>(() => stock.IsForSale(Tea, DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void Orders_that_were_undone_or_short_change_nothing()
    {
        var stock = StockOf(tea: 2);
        stock.TryReserve(order, User, [new(Tea, 2)]);
        stock.TrySell(other, User, [new(Tea, 1)]);
        stock.Undo(order);

        Assert.Empty(stock.Changes);
    }

    [Fact]
    public void A_sale_takes_from_the_stock_on_hand_and_a_reservation_from_what_is_left_of_it()
    {
        var stock = StockOf(tea: 3);

        Assert.Empty(stock.TrySell(order, User, [new(Tea, 1)]));
        Assert.Empty(stock.TryReserve(other, User, [new(Tea, 2)]));

        Assert.Equal([(StockChangeKind.Sell, -1, 0), (StockChangeKind.Reserve, 0, 1)],
            stock.Changes.Select(change => (change.Kind, change.OnHandSign, change.ReservedSign)));
        Assert.Equal(0, stock.Find(Tea)!.Available);
    }

    private static LockedStock StockOf(long tea, long? cups = null)
    {
        var stock = new LockedStock((_, _) => { });
        stock.Add(new StockRow(Tea, OnHand: tea, Reserved: 0) { Product = new("Tea", 4_500, IsForSale: true) });
        if (cups is { } available)
        {
            stock.Add(new StockRow(Cup, OnHand: available + 1, Reserved: 1)
            {
                Product = new("Cup", 12_000, IsForSale: true),
            });
        }

        return stock;
    }
}
