using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Outbox;

namespace Shop.IntegrationTests.Model.Steps;

/// <summary>Steps of administrators, workers and time.</summary>
internal sealed partial class StepGenerator
{
    private Call AdjustStock()
    {
        var by = SomeAdmin();
        var product = Any(model.Products);
        long delta = random.Next(100) switch
        {
            < 60 => random.Next(1, 60),
            < 70 => -random.Next(1, 20),
            < 78 => -product.Available,
            < 86 => -product.Available - 1,
            < 90 => ShopRules.MostOnHand - product.OnHand + 1,
            _ => Any(0, long.MaxValue, long.MinValue),
        };
        var productId = Chance(3) ? Unknown : product.Id;
        return new Call(
            by,
            HttpMethod.Post,
            $"/admin/products/{productId}/stock-adjustments",
            new { delta, reason = "counted" },
            () => model.AdjustStock(by, productId, delta, "counted"));
    }

    private Call ChangeProduct()
    {
        var (by, productId) = (SomeAdmin(), SomeProduct());
        if (Chance(50))
        {
            long price = Chance(90) ? Any(0, 1, 999, 1_000, 25_000, 1_500_000) : Any(-1, 1_000_000_001);
            return new Call(
                by,
                HttpMethod.Patch,
                $"/admin/products/{productId}",
                new { price },
                () => model.ChangeProduct(by, productId, price, isForSale: null));
        }

        // A stopped product soon sells again, or in the end nothing would.
        var isForSale = model.FindProduct(productId) is { IsForSale: false } || Chance(75);
        var status = isForSale ? "SELLING" : "STOPPED";
        return new Call(
            by,
            HttpMethod.Patch,
            $"/admin/products/{productId}",
            new { status },
            () => model.ChangeProduct(by, productId, price: null, isForSale));
    }

    private Call LimitPurchases()
    {
        var (by, productId, perOrder) = (SomeAdmin(), SomeProduct(), Chance(50));
        int? limit = Chance(40) ? null : Chance(95) ? random.Next(1, 12) : Any(0, 1_001);
        object body = perOrder ? new { maxPerOrder = limit } : new { maxPerUser = limit };
        return new Call(
            by,
            HttpMethod.Patch,
            $"/admin/products/{productId}",
            body,
            () => model.LimitPurchases(by, productId, perOrder, limit));
    }

    private Call Read()
    {
        var user = SomeUser();
        var by = new Asker(user.Id, IsAdmin: false);
        var product = Any(model.Products);
        return random.Next(7) switch
        {
            0 when user.Orders.Count > 0 => Get($"/orders/{user.Orders[^1].Id}", () => View.Of(user.Orders[^1])),
            1 when user.Payments.Count > 0 =>
                Get($"/payments/{user.Payments[^1].Id}", () => View.Of(user.Payments[^1])),
            2 when user.Coupons.Count > 0 =>
                Get($"/users/{user.Id}/coupons/{user.Coupons[^1].Id}", () => View.Of(user.Coupons[^1], model.Now)),
            3 when model.Coupons.Count > 0 => Get($"/coupons/{model.Coupons[^1].Id}", () => View.Of(model.Coupons[^1])),
            4 => Get($"/products/{product.Id}", () => View.Of(product)),
            5 when model.TopUps.Count > 0 => GetTopUp(),
            _ => new Call(by, HttpMethod.Get, $"/users/{user.Id}/cart", null, () => model.GetCart(by, user.Id)),
        };

        Call Get(string path, Func<object> view) => new(by, HttpMethod.Get, path, null, () => Reply.Ok(view));
    }

    private Wait LetTimePass() => new Wait(model.Now + Any(
        TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(20),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(7),
        TimeSpan.FromMinutes(7),
        TimeSpan.FromMinutes(16), TimeSpan.FromHours(3)));

    /// <summary>Right to the moment when an order or a coupon changes, or the last one before it.</summary>
    private Wait MeetABoundary()
    {
        var boundaries = model.Orders.Where(order => order.Status == "CREATED").Select(order => order.ExpiresAt)
            .Concat(model.TopUps.Where(topUp => topUp.Status == "PENDING").Select(topUp => topUp.ExpiresAt))
            .Concat(
                model.Coupons.TakeLast(6).SelectMany(
                    coupon => (DateTime[])[coupon.IssueFrom, coupon.IssueUntil, coupon.ValidFrom, coupon.ValidUntil]))
            .Concat(
                model.Coupons.Select(coupon => coupon.SettledAt)
                    .OfType<DateTime>()
                    .Select(processed => processed + ShopRules.QueuePace))
            .Where(boundary => boundary > model.Now.AddMilliseconds(5))
            .ToList();
        return boundaries.Count == 0 ? LetTimePass() : new Wait(Any(boundaries).AddMicroseconds(Chance(40) ? -1 : 0));
    }

    private Turn ExpireOrders() => new Turn(
        "orders expire",
        shop => shop.Services.GetRequiredService<global::Shop.Ordering.Orders.ExpireOrders>()
            .RunOnceAsync(CancellationToken.None),
        model.Expire);

    // A turn takes a bounded batch: it comes again until nothing is due.
    private Turn LookUpTopUps() => new Turn(
        "top-ups are looked up",
        async shop =>
        {
            var worker = shop.Services.GetRequiredService<global::Shop.Wallet.TopUps.LookUpTopUps>();
            var total = 0;
            for (var done = -1; done != 0; total += done)
                done = await worker.RunOnceAsync(CancellationToken.None);
            return total;
        },
        model.LookUpTopUps);

    private Turn ProcessQueues()
    {
        List<QueueEntry> processed = [];
        return new Turn(
            "queues are processed",
            shop => shop.Services.GetRequiredService<global::Shop.Coupons.Queue.ProcessQueues>()
                .RunOnceAsync(CancellationToken.None),
            () => (processed = model.ProcessQueues()).Count)
        {
            Then = () => processed.Select(See),
        };
    }

    // The user of the entry gets the coupon here.
    private static Call See(QueueEntry request)
    {
        var reply = Reply.Ok(() => View.Of(request));
        if (request.Issued is { } issued)
            reply = reply with { Learn = body => issued.Id = body.GetProperty("userCouponId").GetInt64() };
        return new Call(
            new Asker(request.User.Id, IsAdmin: false),
            HttpMethod.Get,
            $"/coupon-requests/{request.Id}",
            null,
            () => reply);
    }

    private Turn DeliverSome() => new Turn(
        "some events are delivered",
        shop => shop.Services.GetServices<OutboxDispatcher>()
            .Single(dispatcher => dispatcher.Schema == "ordering")
            .RunOnceAsync(CancellationToken.None),
        model.DeliverBatch);

    public Turn DeliverAll() => new(
        "all events are delivered",
        async shop =>
        {
            await shop.DeliverEventsAsync();
            return 0;
        },
        () =>
        {
            model.DeliverAll();
            return 0;
        });
}
