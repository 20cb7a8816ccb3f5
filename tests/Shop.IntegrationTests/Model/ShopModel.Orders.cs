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
            case "PAID" when by.IsAdmin || order.FulfilledAt is null:
                var rest = order.Lines.Select((line, i) => (line, line.Quantity - order.Refunded[i]));
                Close(order, "REFUNDED", [.. rest.Where(piece => piece.Item2 > 0)]);
                order.Payment!.RefundedAt = Now;
                Enter(order.User, "REFUND", order.Total - order.RefundedAmount, order.Payment);
                break;
            case var status:
                return Reply.Conflict("orders.not_cancellable", new { orderStatus = status });
        }

        order.CancelReason = reason;
        return Reply.Ok(() => View.Of(order));
    }

    public Reply Refund(
        Asker by, Guid orderId, IReadOnlyList<(long ProductId, int Quantity)> items, bool restock, string reason)
    {
        if (by.Administers() is { } refused)
            return refused;
        if (items.Count is < 1 or > ShopRules.MostLines
            || items.Any(item => item.Quantity is < 1 or > ShopRules.MostInLine))
            return Reply.Invalid();
        if (FindOrder(by, orderId) is not { } order)
            return Reply.OrderNotFound();
        if (order.StatusAt(Now) != "PAID")
            return Reply.Conflict("orders.not_refundable", new { orderStatus = order.StatusAt(Now) });
        var wanted = items.GroupBy(item => item.ProductId)
            .ToDictionary(product => product.Key, product => product.Sum(item => item.Quantity));
        var left = order.Lines.Select((line, i) => (line.Product.Id, Left: line.Quantity - order.Refunded[i]))
            .ToDictionary(line => line.Id, line => line.Left);
        if (wanted.Any(item => item.Value > left.GetValueOrDefault(item.Key)))
            return Reply.Conflict("orders.refund_exceeds");

        var pieces = new List<(OrderLine Line, int Pieces, long Value)>();
        for (var i = 0; i < order.Lines.Count; i++)
        {
            if (!wanted.TryGetValue(order.Lines[i].Product.Id, out var quantity))
                continue;
            pieces.Add((order.Lines[i], quantity, order.ValueOf(i, quantity)));
            order.Refunded[i] += quantity;
        }

        var refund = new Refund(order, pieces, restock, reason, Now);
        order.Refunds.Add(refund);
        var amount = pieces.Sum(piece => piece.Value);
        order.RefundedAmount += amount;
        List<(OrderLine, int)> returned = [.. pieces.Select(piece => (piece.Line, piece.Pieces))];
        if (order.Lines.Select((line, i) => line.Quantity == order.Refunded[i]).All(isGone => isGone))
        {
            Close(order, "REFUNDED", returned, restock);
            order.Payment!.RefundedAt = Now;
        }
        else
        {
            UnderWay.Add(new Closing(order, "PARTIALLY_REFUNDED", returned, restock));
        }

        Enter(order.User, "REFUND", amount, order.Payment);
        return Reply.Created(body => refund.Id = body.GetProperty("refundId").GetGuid(), () => View.Of(refund));
    }

    public Reply Fulfil(Asker by, Guid orderId, string? reference)
    {
        if (by.Administers() is { } refused)
            return refused;
        if (FindOrder(by, orderId) is not { } order)
            return Reply.OrderNotFound();
        if (order.StatusAt(Now) != "PAID")
            return Reply.Conflict("orders.not_fulfillable", new { orderStatus = order.StatusAt(Now) });
        if (order.FulfilledAt is null)
            (order.FulfilledAt, order.FulfilmentReference) = (Now, reference);
        return Reply.Ok(() => View.Of(order));
    }

    /// <summary>The decision of an order of which nothing is kept.</summary>
    public Reply Quote(Asker by, Wanted wanted)
    {
        var (error, order) = Decide(by, wanted with { ExpectedTotal = null }, paidAtOnce: false);
        return order is null
            ? error!
            : Reply.Ok(() => new
            {
                items = View.ItemsOf(order),
                itemsAmount = order.ItemsAmount,
                discountAmount = order.Discount,
                totalAmount = order.Total,
                userCouponId = order.Coupon?.Id,
                balance = order.User.Balance,
                shortfall = Math.Max(0, order.Total - order.User.Balance),
                coupons = QuotedCoupons(order),
            });
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

    // In the order of the contract: user, empty cart, open orders, product, for sale, limits, stock, coupon, minimum
    // amount, total; the caller looks at the balance.
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
        var limits = ordered.Where(line => line.Quantity > line.Product.AllowedTo(user)).ToList();
        if (limits.Count > 0)
            return (PurchaseLimitExceeded(user, limits), null);
        if (ordered.Exists(line => line.Quantity > line.Product.Available))
            return (
                OutOfStock(
                    ordered.Where(line => line.Quantity > line.Product.Available).Select(
                        line => (line.Product, (long)line.Quantity))),
                null);

        var order = new Order(
            user,
            ordered.ConvertAll(line => new OrderLine(
                line.Product, line.Product.Price, line.Quantity,
                line.Product.MaxPerUser is null ? 0 : line.Product.Period)),
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
        {
            line.Product.Reserved += line.Quantity;
            line.Product.Count(order.User, line.Period, line.Quantity);
        }

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

    private Order Close(
        Order order, string status, IReadOnlyList<(OrderLine Line, int Pieces)>? pieces = null, bool returns = true)
    {
        (order.Status, order.ClosedAt) = (status, Now);
        UnderWay.Add(new Closing(order, status, pieces, returns));
        return order;
    }

    private static Reply PurchaseLimitExceeded(User user, List<(Product Product, int Quantity)> lines) =>
        Reply.Conflict(
            "catalog.purchase_limit_exceeded",
            new
            {
                limits = lines.ConvertAll(line => new
                {
                    productId = line.Product.Id,
                    requested = line.Quantity,
                    allowed = line.Product.AllowedTo(user),
                }),
            });

    private Order? FindOrder(Asker by, Guid orderId) =>
        Orders.Find(order => order.Id == orderId && by.MayActFor(order.User.Id));
}
