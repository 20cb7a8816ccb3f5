using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;
using Shop.Ordering.Orders.Refunding;
using Xunit;

namespace Shop.Tests.Ordering;

public sealed class RefundAmountsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Shares_follow_the_running_sums_of_the_amounts()
    {
        var shared = RefundAmounts.Share([Item(1, 1_000, 1), Item(2, 1_000, 1), Item(3, 1_000, 1)], discount: 1_000);
        Assert.Equal([333L, 333L, 334L], shared.Select(item => item.DiscountAmount!.Value));
    }

    [Fact]
    public void Pieces_of_a_line_differ_by_what_can_not_be_divided()
    {
        var item = Item(1, price: 1_000, quantity: 3) with { DiscountAmount = 1_000 };
        Assert.Equal([666L, 667L, 667L], Enumerable.Range(0, 3).Select(refunded =>
            RefundAmounts.Of(item with { RefundedQuantity = refunded }, quantity: 1)));
        Assert.Equal(2_000, RefundAmounts.Of(item, quantity: 3));
    }

    [Fact]
    public void The_largest_order_does_not_overflow()
    {
        var items = Enumerable.Range(1, 50).Select(product => Item(product, 1_000_000_000, 1_000)).ToList();
        var total = items.Sum(item => item.Amount);
        var shared = RefundAmounts.Share(items, discount: total - 1);
        Assert.Equal(total - 1, shared.Sum(item => item.DiscountAmount));
        Assert.Equal(1, shared.Sum(item => RefundAmounts.Of(item, item.Quantity)));
    }

    [Fact]
    public void Free_items_are_worth_nothing() =>
        Assert.Equal(0, RefundAmounts.Of(RefundAmounts.Share([Item(1, 0, 2)], discount: 0)[0], quantity: 2));

    [Fact]
    public void Of_any_basket_no_piece_is_negative_and_all_of_them_come_to_the_total()
    {
        for (var seed = 0; seed < 3_000; seed++)
        {
            var random = new Random(seed);
            var order = OrderOf(random);
            var orders = new LockedOrders(_ => { });
            orders.Add(order);
            var refunds = new List<OrderRefund>();
            while (orders.Find(order.OrderId)!.Status == OrderStatus.Paid)
            {
                if (refunds.Count > 0 && random.Next(8) == 0)
                    orders.Cancel(order.OrderId, reason: null, Now);
                else
                    refunds.Add(RefundSome(random, orders, order.OrderId));
            }

            var closed = (OrderRefunded)orders.Events[^1];
            var rest = closed.Refund is null ? closed.Pieces! : [];
            var pieces = refunds.SelectMany(refund => refund.Items).Concat(rest).ToList();
            Assert.All(pieces, piece => Assert.True(piece.Amount >= 0 && piece.Quantity > 0));
            Assert.Equal(order.TotalAmount, pieces.Sum(piece => piece.Amount));
            Assert.Equal(order.TotalAmount, closed.Order.RefundedAmount);
            foreach (var item in order.Items)
            {
                var ofItem = pieces.Where(piece => piece.ProductId == item.ProductId);
                Assert.Equal(item.Quantity, ofItem.Sum(piece => piece.Quantity));
            }

            // Numbered without gaps, whatever ends it.
            Assert.Equal(
                Enumerable.Range(1, orders.Events.Count),
                orders.Events.Select(happened => happened switch
                {
                    OrderPartiallyRefunded partial => partial.Number,
                    OrderRefunded refunded => refunded.Number,
                    _ => 0,
                }));
        }
    }

    [Fact]
    public void More_than_is_left_is_never_refunded()
    {
        var order = OrderOf(new Random(1));
        var orders = new LockedOrders(_ => { });
        orders.Add(order);
        var tooMany = new Dictionary<long, int> { [order.Items[0].ProductId] = order.Items[0].Quantity + 1 };
        Assert.Throws<InvalidOperationException>(() => orders.Refund(order.OrderId, tooMany, true, "", Now));
        Assert.Empty(orders.Refunds);
    }

    private static OrderRefund RefundSome(Random random, LockedOrders orders, Guid orderId)
    {
        var left = orders.Find(orderId)!.Items.Where(item => item.RefundedQuantity < item.Quantity).ToList();
        var some = left.OrderBy(_ => random.Next()).Take(random.Next(1, left.Count + 1))
            .ToDictionary(item => item.ProductId, item => random.Next(1, item.Quantity - item.RefundedQuantity + 1));
        return orders.Refund(orderId, some, restock: true, reason: "", Now);
    }

    private static Order OrderOf(Random random)
    {
        OrderItem[] items =
        [
            .. Enumerable.Range(1, random.Next(1, 6)).Select(product => Item(
                product, random.Next(4) == 0 ? 0 : random.NextInt64(1, 1_000_000_000), random.Next(1, 8))),
        ];
        var amount = items.Sum(item => item.Amount);
        var discount = random.Next(3) switch { 0 => 0, 1 => amount, _ => random.NextInt64(amount + 1) };
        return new Order(
            Guid.CreateVersion7(), 1, OrderStatus.Paid, RefundAmounts.Share(items, discount), amount, discount,
            amount - discount, null, Guid.CreateVersion7(), Now, Now, Now);
    }

    private static OrderItem Item(long product, long price, int quantity) =>
        new(product, "Tea", price, quantity, price * quantity);
}
