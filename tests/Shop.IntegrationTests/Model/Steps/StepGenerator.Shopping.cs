namespace Shop.IntegrationTests.Model.Steps;

/// <summary>Steps of customers with money, carts and orders.</summary>
internal sealed partial class StepGenerator
{
    private Call Charge()
    {
        var (by, userId) = Somebody();
        var room = ShopRules.MaximumBalance - (model.FindUser(userId)?.Balance ?? 0);
        var amount = random.Next(100) switch
        {
            < 70 => random.Next(1_000, 100_000),
            < 76 => ShopRules.MinimumCharge - 1,
            < 82 => ShopRules.MinimumCharge,
            // Seldom, or nobody would ever be short of money.
            < 84 => room,
            < 92 => room + 1,
            _ => Any(0, -1, long.MaxValue, long.MinValue),
        };
        return new Call(
            by,
            HttpMethod.Post,
            $"/users/{userId}/balance/charges",
            new { amount },
            () => model.Charge(by, userId, amount));
    }

    private Call AdjustWallet()
    {
        var (by, userId) = (SomeAdmin(), Somebody().UserId);
        var balance = model.FindUser(userId)?.Balance ?? 0;
        var amount = random.Next(100) switch
        {
            < 40 => random.Next(1, 50_000),
            < 70 => -random.Next(1, 20_000),
            < 78 => -balance,
            < 86 => -balance - 1,
            < 92 => ShopRules.MaximumBalance - balance + 1,
            _ => Any(0, long.MaxValue, long.MinValue),
        };
        return new Call(
            by,
            HttpMethod.Post,
            $"/admin/users/{userId}/balance/adjustments",
            new { amount, reason = "counted" },
            () => model.AdjustWallet(by, userId, amount, "counted"));
    }

    private Call AddToCart()
    {
        var (by, userId) = Somebody();
        var (productId, quantity) = (SomeProduct(), SomeQuantity());
        return new Call(
            by,
            HttpMethod.Post,
            $"/users/{userId}/cart/items",
            new { productId, quantity },
            () => model.AddToCart(by, userId, productId, quantity));
    }

    private Call SetInCart()
    {
        var (by, userId) = Somebody();
        var (productId, quantity) = (SomeProduct(), Chance(15) ? 0 : SomeQuantity());
        return new Call(
            by,
            HttpMethod.Put,
            $"/users/{userId}/cart/items/{productId}",
            new { quantity },
            () => model.SetInCart(by, userId, productId, quantity));
    }

    private Call TakeOutOfCart()
    {
        var (by, userId) = Somebody();
        long? productId = Chance(60) ? SomeProduct() : null;
        var path = productId is null ? "" : $"/items/{productId}";
        return new Call(
            by,
            HttpMethod.Delete,
            $"/users/{userId}/cart{path}",
            null,
            () => model.TakeOutOfCart(by, userId, productId));
    }

    private Call PlaceOrder()
    {
        var (by, wanted) = SomethingWanted();
        return new Call(by, HttpMethod.Post, "/orders", BodyOf(wanted), () => model.PlaceOrder(by, wanted));
    }

    private Call Checkout()
    {
        var (by, wanted) = SomethingWanted();
        return new Call(by, HttpMethod.Post, "/checkout", BodyOf(wanted), () => model.Checkout(by, wanted));
    }

    private Call Pay()
    {
        if (!model.Orders.Exists(order => order.StatusAt(model.Now) == "CREATED") && Chance(70))
            return PlaceOrder();
        var (by, orderId) = SomeOrder("CREATED");
        return new Call(by, HttpMethod.Post, "/payments", new { orderId }, () => model.Pay(by, orderId));
    }

    private Call Cancel()
    {
        var (by, orderId) = SomeOrder(Any("CREATED", "PAID"));
        const string reason = "changed my mind";
        return new Call(
            by, HttpMethod.Post, $"/orders/{orderId}/cancel", new { reason }, () => model.Cancel(by, orderId, reason));
    }

    private Call Quote()
    {
        var (by, wanted) = SomethingWanted();
        return new Call(by, HttpMethod.Post, "/orders/quote", BodyOf(wanted), () => model.Quote(by, wanted));
    }

    private Call Refund()
    {
        var (by, orderId) = (SomeAdmin(), SomeOrder("PAID").OrderId);
        var order = model.Orders.Find(order => order.Id == orderId);
        List<(long ProductId, int Quantity)> items = order is null || Chance(5)
            ? [(SomeProduct(), SomeQuantity())]
            :
            [
                .. order.Lines.Select((line, i) => (
                        line.Product.Id, Left: Math.Min(line.Quantity - order.Refunded[i], ShopRules.MostInLine)))
                    .Where(line => line.Left > 0 && (order.Lines.Count == 1 || Chance(60)))
                    .Select(line => (line.Id, random.Next(100) switch
                    {
                        < 60 => random.Next(1, line.Left + 1),
                        < 92 => line.Left,
                        _ => line.Left + 1,
                    })),
            ];
        var (restock, reason) = (Chance(75), "came broken");
        return new Call(
            by,
            HttpMethod.Post,
            $"/orders/{orderId}/refunds",
            new
            {
                items = items.Select(item => new { productId = item.ProductId, quantity = item.Quantity }).ToList(),
                restock,
                reason,
            },
            () => model.Refund(by, orderId, items, restock, reason));
    }

    private Call Fulfil()
    {
        var (by, orderId) = (SomeAdmin(), SomeOrder("PAID").OrderId);
        var reference = Chance(50) ? "parcel" : null;
        return new Call(
            by,
            HttpMethod.Post,
            $"/admin/orders/{orderId}/fulfilment",
            new { reference },
            () => model.Fulfil(by, orderId, reference));
    }

    private (Asker By, Wanted Wanted) SomethingWanted()
    {
        var (by, userId) = Somebody();
        var issued = model.FindUser(userId)?.Coupons ?? [];
        long? coupon = Chance(50) && issued.Count > 0
            ? issued[^random.Next(1, Math.Min(5, issued.Count + 1))].Id
            : Chance(3) ? SomebodysCoupon() : null;
        var items = Chance(model.FindUser(userId)?.Cart.Count > 0 ? 45 : 5) ? null : SomeItems();
        var wanted = new Wanted(userId, items, coupon, IgnoresExpired: Chance(30));
        return (by, Chance(30) ? wanted with { ExpectedTotal = SomeTotal(wanted) } : wanted);
    }

    // The price of the items now: too much where a coupon takes something off.
    private long SomeTotal(Wanted wanted)
    {
        var items = wanted.Items
            ?? [.. (model.FindUser(wanted.UserId)?.Cart ?? []).Select(line => (line.Product.Id, line.Quantity))];
        var amount = items.Sum(item => (model.FindProduct(item.ProductId)?.Price ?? 0) * item.Quantity);
        return Chance(80) ? amount : Any(amount + 1, 0, -1, long.MaxValue);
    }

    private List<(long ProductId, int Quantity)> SomeItems()
    {
        var lines = random.Next(100) switch
        {
            < 90 => random.Next(1, 4),
            < 96 => random.Next(4, ShopRules.MostLines + 1),
            < 98 => 0,
            _ => ShopRules.MostLines + 1,
        };
        // Long orders are of small quantities and of what is for sale, or they would all be refused.
        return [.. Enumerable.Range(0, lines)
            .Select(_ => (ProductId: SomeProduct(), Quantity: lines > 3 ? 1 : SomeQuantity()))
            .Where(line => lines <= 3 || model.FindProduct(line.ProductId) is { IsForSale: true })];
    }

    private long SomebodysCoupon() => SomeUser().Coupons is { Count: > 0 } issued ? Any(issued).Id : Unknown;

    private static object BodyOf(Wanted wanted)
    {
        var ifCouponExpired = wanted.IgnoresExpired ? "IGNORE" : "REJECT";
        return wanted.Items is null
            ? new
            {
                userId = wanted.UserId,
                fromCart = true,
                userCouponId = wanted.UserCouponId,
                ifCouponExpired,
                expectedTotal = wanted.ExpectedTotal,
            }
            : new
            {
                userId = wanted.UserId,
                items = wanted.Items.Select(item => new { productId = item.ProductId, quantity = item.Quantity })
                    .ToList(),
                userCouponId = wanted.UserCouponId,
                ifCouponExpired,
                expectedTotal = wanted.ExpectedTotal,
            };
    }

    /// <summary>
    /// Mostly one of the latest in this status, else any, one that is long closed too; or one that there never was.
    /// </summary>
    private (Asker By, Guid OrderId) SomeOrder(string status)
    {
        if (Chance(3) || model.Orders.Count == 0)
            return (For(SomeUser()), Guid.NewGuid());
        var fitting =
            model.Orders.Where(order => order.Status == status && (Chance(20) || order.StatusAt(model.Now) == status))
                .TakeLast(6)
                .ToList();
        var order = fitting.Count > 0 && Chance(80) ? Any(fitting) : Any(model.Orders);
        return (For(order.User), order.Id);
    }
}
