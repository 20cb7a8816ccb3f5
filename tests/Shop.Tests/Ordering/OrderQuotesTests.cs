using Shop.BuildingBlocks.Database;
using Shop.Catalog.Contracts;
using Shop.Catalog.Stock;
using Shop.Coupons.IssuedCoupons;
using Shop.Ordering.Carts;
using Shop.Ordering.Orders.Placing;
using Shop.Wallet.Wallets;
using Xunit;

namespace Shop.Tests.Ordering;

/// <summary>The order that follows a quote agrees with it, as long as nothing has happened in between.</summary>
public sealed class OrderQuotesTests
{
    private const long User = 10;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    [Fact]
    public void The_order_that_follows_a_quote_agrees()
    {
        var (agreed, refused) = (0, 0);
        for (var seed = 0; seed < 2_000; seed++)
        {
            var request = RequestOf(new Random(seed));
            var quote = Quote(seed, request);
            var order = Order(seed, request);
            Assert.Equal(quote.Error?.Code, order.Error?.Code);
            if (quote.Error is not null)
            {
                refused++;
                continue;
            }

            agreed++;
            Assert.Equal(quote.Value.Items, order.Value.Items);
            var (quoted, placed) = (quote.Value, order.Value);
            Assert.Equal(
                (quoted.ItemsAmount, quoted.DiscountAmount, quoted.TotalAmount, quoted.UserCouponId),
                (placed.ItemsAmount, placed.DiscountAmount, placed.TotalAmount, placed.UserCouponId));
            var total = quote.Value.TotalAmount;
            Assert.Equal(Math.Max(0, total - quote.Value.Balance), quote.Value.Shortfall);
            Assert.Null(Order(seed, request with { ExpectedTotal = total }).Error);
            Assert.Equal("orders.total_changed", Order(seed, request with { ExpectedTotal = total + 1 }).Error?.Code);
            AssertCouponsAgree(seed, request, quote.Value);
        }

        Assert.True(agreed > 200 && refused > 200, $"{agreed} agreed, {refused} were refused.");
    }

    [Fact]
    public void Coupons_are_listed_best_first_and_fifty_at_most()
    {
        var (locked, coupons) = State(seed: 1, own: 80);
        var request = new OrderRequest(User, [new RequestedItem(1, 1)]);
        var listed = OrderQuotes.Decide(locked, coupons, Window, request).Value.Coupons;
        Assert.Equal(OrderQuotes.MaximumCoupons, listed.Count);
        Assert.Equal(listed.OrderByDescending(coupon => coupon.Discount).Select(coupon => coupon.Discount),
            listed.Select(coupon => coupon.Discount));
        Assert.All(listed, coupon => Assert.Equal(coupon.Applicable, coupon.Reason is null));
    }

    // Each coupon of the list does for the order what the list says.
    private static void AssertCouponsAgree(int seed, OrderRequest request, OrderQuote quote)
    {
        foreach (var coupon in quote.Coupons)
        {
            var order = Order(seed, request with { UserCouponId = coupon.UserCouponId });
            if (coupon.Applicable)
                Assert.Equal(coupon.Discount, order.Value.DiscountAmount);
            else
                Assert.Equal($"coupons.{coupon.Reason}", order.Error?.Code.Replace("_", ""), ignoreCase: true);
        }
    }

    private static Messages.Result<OrderQuote> Quote(int seed, OrderRequest request)
    {
        var (locked, coupons) = State(seed);
        return OrderQuotes.Decide(locked, coupons, Window, request);
    }

    private static Messages.Result<Shop.Ordering.Contracts.Order> Order(int seed, OrderRequest request) =>
        new OrderDecider(State(seed).Locked, Window, sells: seed % 2 == 0).Decide(request);

    private static OrderRequest RequestOf(Random random)
    {
        long? coupon = random.Next(2) == 0 ? null : random.Next(1, 10);
        var expired = random.Next(2) == 0 ? ExpiredCoupon.Ignore : ExpiredCoupon.Reject;
        if (random.Next(3) == 0)
        {
            long[]? some = random.Next(2) == 0 ? null : [random.Next(1, 5)];
            return new OrderRequest(User, null, FromCart: true, coupon, expired, ProductIds: some);
        }

        var lines = Enumerable.Range(0, random.Next(1, 4))
            .Select(_ => new RequestedItem(random.Next(1, 5), random.Next(1, 4)));
        return new OrderRequest(User, [.. lines], null, coupon, expired);
    }

    private static (LockedForOrdering Locked, LockedCoupons Coupons) State(int seed, int own = 8)
    {
        var random = new Random(seed + 1_000_000);
        var stock = new LockedStock((_, _) => { });
        var carts = new LockedCarts();
        for (var product = 1; product <= 4; product++)
        {
            var sells = random.Next(10) > 0;
            stock.Add(new StockRow(product, random.Next(1, 12), 0)
            {
                Product = new("Product", random.Next(0, 20_000), sells),
            });
            if (random.Next(2) == 0)
                carts.Add(User, new ItemQuantity(product, random.Next(1, 4)));
        }

        var coupons = new LockedCoupons((_, _) => { });
        string[] states = ["AVAILABLE", "AVAILABLE", "AVAILABLE", "RESERVED", "USED"];
        for (var coupon = 1; coupon <= own; coupon++)
        {
            var (type, value) = random.Next(2) == 0
                ? ("FIXED", random.Next(1, 9_000))
                : ("PERCENT", random.Next(1, 101));
            coupons.Add(new IssuedCoupon(
                coupon, User, states[random.Next(states.Length)], "ACTIVE", $"Coupon {coupon}", type, value,
                random.Next(2) == 0 ? null : random.Next(1, 5_000), random.Next(2) == 0 ? null : random.Next(1, 30_000),
                ScopeProducts: null, ScopeCategories: null,
                Now.AddDays(random.Next(-3, 1)), Now.AddDays(random.Next(0, 3))));
        }

        var wallets = new ReadWallets();
        wallets.Add(User, random.Next(0, 50_000));
        var open = new OpenOrders(maximum: 3);
        for (var i = random.Next(0, 4); i > 0; i--)
            open.Add(User, Now.AddMinutes(1));
        var clock = new QueuedValue<DateTimeOffset>();
        clock.Set(Now);
        return (new LockedForOrdering(clock, open, carts, coupons, stock, wallets), coupons);
    }
}
