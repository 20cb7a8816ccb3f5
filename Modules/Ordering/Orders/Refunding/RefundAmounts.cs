using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders.Refunding;

/// <summary>
/// The part of each piece in an order's total. No piece is negative, and all of them add up to the total.
/// </summary>
internal static class RefundAmounts
{
    /// <summary>Gives each line its share of the discount, by the running sums of the amounts in scope.</summary>
    /// <param name="inScope">The products that the discount is taken of; null: of all.</param>
    public static IReadOnlyList<OrderItem> Share(
        IReadOnlyList<OrderItem> items, long discount, IReadOnlySet<long>? inScope = null)
    {
        var total = items.Sum(AmountInScope);
        var shared = new List<OrderItem>(items.Count);
        long sum = 0;
        foreach (var item in items)
        {
            var before = sum;
            sum += AmountInScope(item);
            shared.Add(item with { DiscountAmount = Floor(discount, sum, total) - Floor(discount, before, total) });
        }

        return shared;

        long AmountInScope(OrderItem item) => inScope?.Contains(item.ProductId) is false ? 0 : item.Amount;
    }

    /// <summary>The value of the next pieces of a line: the line's refunded amount with them, less without.</summary>
    public static long Of(OrderItem item, int quantity)
    {
        var net = item.Amount - item.DiscountAmount!.Value;
        return Floor(net, item.RefundedQuantity + quantity, item.Quantity)
            - Floor(net, item.RefundedQuantity, item.Quantity);
    }

    // 128 bits: both factors may be sums of whole orders.
    private static long Floor(long amount, long part, long whole) =>
        whole == 0 ? 0 : (long)((Int128)amount * part / whole);
}
