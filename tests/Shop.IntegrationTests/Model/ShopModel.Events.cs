namespace Shop.IntegrationTests.Model;

/// <summary>Other modules' handlers of closed orders.</summary>
internal sealed partial class ShopModel
{
    /// <summary>Delivers the oldest events, one batch of them.</summary>
    /// <returns>How many.</returns>
    public int DeliverBatch()
    {
        var batch = UnderWay.Take(rules.EventBatch).ToList();
        UnderWay.RemoveRange(0, batch.Count);
        foreach (var closing in batch)
        {
            if (closing.Status == "PAID")
                Sell(closing.Order);
            else if (closing.Pieces is { } pieces)
                TakeBack(closing, pieces);
            else
                Release(closing.Order);
        }

        foreach (var closing in batch.Where(closing => closing.Status == "PAID"))
            RedeemCoupon(closing.Order);
        foreach (var closing in batch.Where(closing => closing.Status is not ("PAID" or "PARTIALLY_REFUNDED")))
            ReleaseCoupon(closing.Order);
        foreach (var ofUser in batch.Where(closing => closing.Status is "PAYMENT_FAILED" or "EXPIRED")
            .Select(closing => closing.Order)
            .Where(order => order.IsFromCart)
            .GroupBy(order => order.User))
            ReturnToCart(ofUser.Key, ofUser.SelectMany(order => order.Lines));
        Told.AddRange(batch);
        return batch.Count;
    }

    public void DeliverAll()
    {
        while (DeliverBatch() > 0)
        {
            // Until nothing is under way.
        }
    }

    private static void ReturnToCart(User user, IEnumerable<OrderLine> lines)
    {
        foreach (var ofProduct in lines.GroupBy(line => line.Product).OrderBy(product => product.Key.Id))
        {
            var line = user.Cart.Find(line => line.Product == ofProduct.Key);
            if (line is null && user.Cart.Count == ShopRules.MostLines)
                continue;
            if (line is null)
                user.Cart.Add(line = new CartLine(ofProduct.Key));
            line.Quantity = Math.Min(ShopRules.MostInLine, line.Quantity + ofProduct.Sum(wanted => wanted.Quantity));
        }
    }

    private static void Release(Order order)
    {
        order.Goods = "RELEASED";
        foreach (var line in order.Lines)
        {
            line.Product.Reserved -= line.Quantity;
            line.Product.Count(order.User, line.Period, -line.Quantity);
        }
    }

    // Refunded pieces are sold ones. Those of a cancelled order have the order as their cause.
    private void TakeBack(Closing closing, IReadOnlyList<(OrderLine Line, int Pieces)> refunded)
    {
        var order = closing.Order;
        foreach (var (line, pieces) in refunded)
        {
            line.Product.Count(order.User, line.Period, -pieces);
            if (closing.Returns)
                Move(line.Product, "RETURN", pieces, order: order);
        }

        if (closing.Status == "REFUNDED" && order.CancelReason is not null)
            order.Goods = "RETURNED";
    }

    private void Sell(Order order)
    {
        if (order.Goods != "RESERVED")
            return;
        order.Goods = "SOLD";
        foreach (var line in order.Lines)
        {
            line.Product.Reserved -= line.Quantity;
            Move(line.Product, "SALE", -line.Quantity, order: order);
        }
    }

    private static void ReleaseCoupon(Order order)
    {
        if (order.Coupon is { } issued && issued.Order == order)
            (issued.Status, issued.Order, issued.UsedAt) = ("AVAILABLE", null, null);
    }

    private void RedeemCoupon(Order order)
    {
        if (order.Coupon is { Status: "RESERVED" } issued && issued.Order == order)
            (issued.Status, issued.UsedAt) = ("USED", Now);
    }
}
