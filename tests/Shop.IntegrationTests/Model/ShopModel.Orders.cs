namespace Shop.IntegrationTests.Model;

/// <param name="Items">The items to order, or null for those in the cart.</param>
/// <param name="UserCouponId">The issued coupon to use, or null.</param>
/// <param name="IgnoresExpired">Whether an expired coupon is left aside rather than refused.</param>
internal sealed record Wanted(
    long UserId, IReadOnlyList<(long ProductId, int Quantity)>? Items, long? UserCouponId, bool IgnoresExpired)
{
    /// <summary>The total that is agreed to, or null for any.</summary>
    public long? ExpectedTotal { get; init; }
}

/// <summary>Orders and what becomes of them.</summary>
internal sealed partial class ShopModel
{
    /// <summary>The first account of a new database is the first administrator's.</summary>
    public const string AdminId = "1";

    public Reply PlaceOrder(Asker by, Wanted wanted)
    {
        var (error, order) = Decide(by, wanted, paidAtOnce: false);
        if (order is null)
            return error!;
        if (rules.RequiresBalanceAtOrder && order.User.Balance < order.Total)
            return InsufficientBalance(order);
        Keep(order, wanted);
        return Reply.Created(body => order.Id = body.GetProperty("orderId").GetGuid(), () => View.Of(order));
    }

    public Reply Checkout(Asker by, Wanted wanted)
    {
        var (error, order) = Decide(by, wanted, paidAtOnce: true);
        if (order is null)
            return error!;
        if (order.User.Balance < order.Total)
            return InsufficientBalance(order);
        Keep(order, wanted);
        var payment = Complete(order);
        Sell(order);
        RedeemCoupon(order);
        return Reply.Created(
            body =>
            {
                order.Id = body.GetProperty("order").GetProperty("orderId").GetGuid();
                payment.Id = body.GetProperty("payment").GetProperty("paymentId").GetGuid();
            },
            () => new { order = View.Of(order), payment = View.Of(payment) });
    }

    public Reply Pay(Asker by, Guid orderId)
    {
        if (by.SignedIn() is { } refused)
            return refused;
        if (FindOrder(by, orderId) is not { } order)
            return Reply.OrderNotFound();
        if (order.StatusAt(Now) != "CREATED")
            return Reply.Conflict("orders.not_payable", new { orderStatus = order.StatusAt(Now) });
        if (order.User.Balance >= order.Total)
        {
            var payment = Complete(order);
            return Reply.Created(body => payment.Id = body.GetProperty("paymentId").GetGuid(), () => View.Of(payment));
        }

        var failed = Close(order, "PAYMENT_FAILED").Payment = new Payment(order, paidAt: null);
        order.User.Payments.Add(failed);
        var shortfall = order.Total - order.User.Balance;
        return new Reply(
            409,
            "payments.insufficient_balance",
            () => new { paymentId = failed.Id, orderId, orderStatus = "PAYMENT_FAILED", shortfall })
        {
            Learn = body => failed.Id = body.GetProperty("paymentId").GetGuid(),
        };
    }

    public Reply Cancel(Asker by, Guid orderId, string reason)
    {
        if (by.SignedIn() is { } refused)
            return refused;
        if (FindOrder(by, orderId) is not { } order)
            return Reply.OrderNotFound();
        switch (order.StatusAt(Now))
        {
            case "CREATED":
                Close(order, "CANCELLED");
                break;
            case "PAID":
                Close(order, "REFUNDED");
                order.Payment!.RefundedAt = Now;
                Enter(order.User, "REFUND", order.Total, order.Payment);
                break;
            case var status:
                return Reply.Conflict("orders.not_cancellable", new { orderStatus = status });
        }

        order.CancelReason = reason;
        return Reply.Ok(() => View.Of(order));
    }

    /// <summary>Closes what was not paid in time.</summary>
    /// <returns>How many.</returns>
    public int Expire()
    {
        var overdue = Orders.Where(order => order.Status == "CREATED" && Now >= order.ExpiresAt)
            .OrderBy(order => order.ExpiresAt)
            .ToList();
        overdue.ForEach(order => Close(order, "EXPIRED"));
        return overdue.Count;
    }

    // In the order of the contract: user, empty cart, open orders, product, for sale, stock, coupon, minimum amount,
    // total; the caller looks at the balance.
    private (Reply? Error, Order? Order) Decide(Asker by, Wanted wanted, bool paidAtOnce)
    {
        if (by.ActsFor(wanted.UserId) is { } refused)
            return (refused, null);
        if (wanted.Items is { } items && !AreLines(items))
            return (Reply.Invalid(), null);
        if (FindUser(wanted.UserId) is not { } user)
            return (Reply.UserNotFound(), null);
        var lines = wanted.Items is null
            ?
            [
                .. user.Cart.OrderBy(line => line.Product.Id)
                .Select(line => (ProductId: line.Product.Id, line.Quantity)),
            ]
            : wanted.Items.GroupBy(item => item.ProductId)
                .Select(product => (ProductId: product.Key, Quantity: product.Sum(item => item.Quantity)))
                .ToList();
        if (lines.Count == 0)
            return (Reply.Conflict("orders.empty_cart"), null);
        if (!paidAtOnce && user.Orders.Count(order => order.StatusAt(Now) == "CREATED") >= rules.MaximumOpenOrders)
            return (Reply.Conflict("orders.too_many_open", new { maximum = rules.MaximumOpenOrders }), null);
        if (lines.Exists(line => FindProduct(line.ProductId) is null))
            return (ProductNotFound(), null);
        var ordered = lines.ConvertAll(line => (Product: FindProduct(line.ProductId)!, line.Quantity));
        if (ordered.Exists(line => !line.Product.IsForSale))
            return (NotForSale(), null);
        if (ordered.Exists(line => line.Quantity > line.Product.Available))
            return (
                OutOfStock(
                    ordered.Where(line => line.Quantity > line.Product.Available).Select(
                        line => (line.Product, (long)line.Quantity))),
                null);

        var order = new Order(
            user,
            ordered.ConvertAll(line => new OrderLine(line.Product, line.Product.Price, line.Quantity)),
            Now,
            Now + ShopRules.PaymentWindow)
        {
            IsPlacedByAdmin = by.IsAdmin,
        };
        if (wanted.UserCouponId is { } coupon && UseOn(order, coupon, wanted.IgnoresExpired) is { } unusable)
            return (unusable, null);
        return wanted.ExpectedTotal is { } expectedTotal && expectedTotal != order.Total
            ? (Reply.Conflict("orders.total_changed", new { expectedTotal, totalAmount = order.Total }), null)
            : (null, order);
    }

    private static bool AreLines(IReadOnlyList<(long ProductId, int Quantity)> items) =>
        items.Count is >= 1 and <= ShopRules.MostLines
        && items.All(item => item.Quantity is >= 1 and <= ShopRules.MostInLine)
        && items.GroupBy(item => item.ProductId)
            .All(product => product.Sum(item => item.Quantity) <= ShopRules.MostInLine);

    private static Reply InsufficientBalance(Order order) =>
        Reply.Conflict("payments.insufficient_balance", new { shortfall = order.Total - order.User.Balance });

    private void Keep(Order order, Wanted wanted)
    {
        foreach (var line in order.Lines)
            line.Product.Reserved += line.Quantity;
        if (order.Coupon is { } coupon)
            (coupon.Status, coupon.Order) = ("RESERVED", order);
        if (wanted.Items is null)
        {
            order.User.Cart.Clear();
            order.IsFromCart = true;
        }

        Orders.Add(order);
        order.User.Orders.Add(order);
    }

    private Payment Complete(Order order)
    {
        var payment = new Payment(order, Now);
        order.Payment = payment;
        order.User.Payments.Add(payment);
        Close(order, "PAID");
        Enter(order.User, "PAYMENT", -order.Total, payment);
        return payment;
    }

    private Order Close(Order order, string status)
    {
        (order.Status, order.ClosedAt) = (status, Now);
        UnderWay.Add(new Closing(order, status));
        return order;
    }

    private Order? FindOrder(Asker by, Guid orderId) =>
        Orders.Find(order => order.Id == orderId && by.MayActFor(order.User.Id));
}
