using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.Catalog.Contracts;
using Shop.Catalog.Stock;
using Shop.Coupons.IssuedCoupons;
using Shop.Messages;
using Shop.Ordering.Carts;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders;
using Shop.Ordering.Orders.Placing;
using Shop.Wallet.Wallets;
using Xunit;

namespace Shop.Tests.Ordering;

public sealed class OrderDeciderTests
{
    private const long Tea = 1;
    private const long User = 10;
    private const long Coupon = 100;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly OpenOrders open = new(maximum: 10);
    private readonly LockedCarts carts = new();
    private readonly LockedStock stock = new((_, _) => { });
    private readonly LockedCoupons coupons = new((_, _) => { });
    private readonly ReadWallets users = new();
    private readonly QueuedValue<DateTimeOffset> clock = new();

    public OrderDeciderTests()
    {
        clock.Set(Now);
        stock.Add(new StockRow(Tea, OnHand: 10, Reserved: 0) { Product = new("Tea", 4_500, IsForSale: true) });
        users.Add(User, 0);
        users.Add(User + 1, 0);
    }

    [Fact]
    public void A_coupon_takes_its_discount_off_the_total()
    {
        Hold(Coupon);
        var order = Decide(quantity: 2, Coupon).Value;
        Assert.Equal(
            (9_000, 1_000, 8_000, Coupon),
            (order.ItemsAmount, order.DiscountAmount, order.TotalAmount, order.UserCouponId));
    }

    [Fact]
    public void A_coupon_worth_more_than_the_items_makes_them_free()
    {
        Hold(Coupon, discount: 50_000);
        var order = Decide(quantity: 2, Coupon).Value;
        Assert.Equal((9_000, 9_000, 0), (order.ItemsAmount, order.DiscountAmount, order.TotalAmount));
    }

    [Fact]
    public void An_order_that_its_coupon_stops_gives_its_stock_back()
    {
        Hold(Coupon, minimum: 50_000);

        Assert.Equal("coupons.minimum_order_amount", Decide(quantity: 10, Coupon).Error?.Code);

        Assert.Null(Decide(quantity: 10, coupon: null).Error);
    }

    [Fact]
    public void Of_two_orders_of_one_batch_with_one_coupon_the_first_has_it()
    {
        Hold(Coupon);

        Assert.Equal(1_000, Decide(quantity: 1, Coupon).Value.DiscountAmount);
        Assert.Equal("coupons.in_use", Decide(quantity: 1, Coupon).Error?.Code);

        Assert.Null(Decide(quantity: 9, coupon: null).Error);
    }

    [Fact]
    public void An_order_that_is_refused_leaves_its_coupon_to_the_next_one()
    {
        Hold(Coupon);

        Assert.Equal("catalog.out_of_stock", Decide(quantity: 11, Coupon).Error?.Code);

        Assert.Equal(1_000, Decide(quantity: 1, Coupon).Value.DiscountAmount);
    }

    [Fact]
    public void An_expired_coupon_stops_the_order_or_is_left_out_as_the_order_says()
    {
        Hold(Coupon, validUntil: Now);

        Assert.Equal("coupons.expired", Decide(quantity: 1, Coupon).Error?.Code);

        var order = Decide(quantity: 1, Coupon, ExpiredCoupon.Ignore).Value;
        Assert.Equal((0, 4_500, null), (order.DiscountAmount, order.TotalAmount, order.UserCouponId));
    }

    [Fact]
    public void Leaving_out_an_expired_coupon_leaves_out_no_other_refusal()
    {
        Hold(1, status: "USED", validUntil: Now);
        Hold(2, status: "RESERVED", validUntil: Now);
        Hold(3, validFrom: Now.AddDays(1), validUntil: Now.AddDays(2));
        Hold(4, minimum: 50_000);
        Hold(5, owner: User + 1, validUntil: Now);

        Assert.Equal(
            [
                "coupons.already_used",
                "coupons.in_use",
                "coupons.not_yet_valid",
                "coupons.minimum_order_amount",
                "coupons.user_coupon_not_found",
            ],
            Enumerable.Range(1, 5).Select(coupon => Decide(quantity: 1, coupon, ExpiredCoupon.Ignore).Error?.Code));
    }

    [Fact]
    public void A_coupon_that_takes_nothing_off_is_refused_and_stays()
    {
        Hold(Coupon, discount: 0);
        Assert.Equal("coupons.no_discount", Decide(quantity: 1, Coupon).Error?.Code);
        Assert.Equal("coupons.no_discount", Decide(quantity: 1, Coupon).Error?.Code);
    }

    [Fact]
    public void The_minimum_is_told()
    {
        Hold(Coupon, minimum: 50_000);
        Assert.Equal(50_000L, Decide(quantity: 1, Coupon).Error?.Members["minimum"]);
    }

    [Fact]
    public void An_order_that_is_not_settled_gives_back_its_stock_and_its_coupon()
    {
        Hold(Coupon);
        Error poor = new("payments.insufficient_balance", "poor", 409);

        var decider = Decider();
        var placed = decider.Decide(new OrderRequest(User, [new RequestedItem(Tea, 10)], UserCouponId: Coupon)).Value;
        Assert.Same(poor, decider.Undo(placed, poor));

        Assert.Equal(1_000, Decide(quantity: 10, Coupon).Value.DiscountAmount);
    }

    [Fact]
    public void Of_two_orders_of_one_batch_from_one_cart_the_second_finds_it_empty()
    {
        carts.Add(User, new ItemQuantity(Tea, 3));

        Assert.Equal(13_500, Decide(new OrderRequest(User, FromCart: true)).Value.TotalAmount);
        Assert.Equal("orders.empty_cart", Decide(new OrderRequest(User, FromCart: true)).Error?.Code);
    }

    [Fact]
    public void Orders_of_one_batch_count_each_other()
    {
        for (var i = 0; i < 9; i++)
            open.Add(User, Now.AddMinutes(1));

        Assert.Null(Decide(quantity: 1, coupon: null).Error);
        var problem = Decide(quantity: 1, coupon: null).Error;
        Assert.Equal(("orders.too_many_open", 10), (problem?.Code, problem?.Members["maximum"]));
    }

    [Fact]
    public void An_order_past_its_payment_window_does_not_count()
    {
        for (var i = 0; i < 10; i++)
            open.Add(User, i == 0 ? Now : Now.AddMinutes(1));

        Assert.Null(Decide(quantity: 1, coupon: null).Error);
    }

    [Fact]
    public void A_cart_of_more_than_fifty_products_is_refused_before_anything_else()
    {
        for (var product = 1; product <= 51; product++)
            carts.Add(User, new ItemQuantity(1_000 + product, 1));
        for (var i = 0; i < 10; i++)
            open.Add(User, Now.AddMinutes(1));

        var problem = Decide(new OrderRequest(User, FromCart: true)).Error;
        Assert.Equal(("orders.too_many_lines", 50), (problem?.Code, problem?.Members["maximum"]));
        Assert.Empty(carts.OrderableOf(new OrderRequest(User, FromCart: true)));
        Assert.Equal(51, carts.ItemsOf(User).Count);
    }

    // Its products were not locked with it: without this the rest would be of unknown products.
    [Fact]
    public void A_cart_of_too_many_products_is_refused_also_when_an_order_of_the_batch_made_it_smaller()
    {
        carts.Add(User, new ItemQuantity(Tea, 1));
        for (var product = 1; product <= 50; product++)
            carts.Add(User, new ItemQuantity(1_000 + product, 1));

        Assert.Null(Decide(new OrderRequest(User, FromCart: true, ProductIds: [Tea])).Error);
        Assert.Equal(
            "orders.too_many_lines", Decide(new OrderRequest(User, FromCart: true)).Error?.Code);
    }

    [Fact]
    public void Some_of_a_cart_can_be_ordered_and_the_rest_stays()
    {
        stock.Add(new StockRow(2, OnHand: 10, Reserved: 0) { Product = new("Cup", 9_000, IsForSale: true) });
        carts.Add(User, new ItemQuantity(Tea, 3));
        carts.Add(User, new ItemQuantity(2, 1));

        var refusal = Decide(new OrderRequest(User, FromCart: true, ProductIds: [2, 7, 9])).Error;
        Assert.Equal("orders.not_in_cart", refusal?.Code);
        Assert.Equal([7L, 9L], (IReadOnlyList<long>)refusal!.Members["productIds"]!);

        Assert.Equal(9_000, Decide(new OrderRequest(User, FromCart: true, ProductIds: [2, 2])).Value.TotalAmount);
        Assert.Equal([new ItemQuantity(Tea, 3)], carts.ItemsOf(User));
        Assert.Equal([(User, 2L)], carts.Ordered);
    }

    [Fact]
    public void Limits_of_an_order_and_of_a_user_are_told_before_the_stock()
    {
        stock.Add(new StockRow(2, OnHand: 1, Reserved: 0)
        {
            Product = new("Cup", 9_000, IsForSale: true),
            MaxPerOrder = 2,
        });
        stock.Add(new StockRow(3, OnHand: 9, Reserved: 0)
        {
            Product = new("Pot", 9_000, IsForSale: true),
            MaxPerUser = 3,
            LimitPeriod = 1,
        });
        stock.AddCount(User, 3, 1);

        RequestedItem[] items = [new(Tea, 1), new(2, 3), new(3, 3)];
        var refusal = Decide(new OrderRequest(User, items)).Error;
        Assert.Equal("catalog.purchase_limit_exceeded", refusal?.Code);
        Assert.Equal(
            [new PurchaseLimit(2, 3, 2), new PurchaseLimit(3, 3, 2)],
            (IReadOnlyList<PurchaseLimit>)refusal!.Members["limits"]!);

        // Orders of one batch count each other; one that is given back counts no more.
        var decider = Decider();
        var placed = decider.Decide(new OrderRequest(User, [new RequestedItem(3, 2)])).Value;
        Assert.Equal(0, stock.Exceeded(User, [new ItemQuantity(3, 1)]).Single().Allowed);
        Assert.Empty(stock.Exceeded(User + 1, [new ItemQuantity(3, 3)]));
        decider.GiveBack(placed);
        Assert.Empty(stock.Exceeded(User, [new ItemQuantity(3, 2)]));
    }

    [Fact]
    public void A_product_is_for_sale_in_its_window()
    {
        stock.Add(Windowed(2, Now.AddSeconds(1), null));
        stock.Add(Windowed(3, null, Now));
        stock.Add(Windowed(4, Now, Now.AddSeconds(1)));

        Assert.Equal(
            ["catalog.not_for_sale", "catalog.not_for_sale", null],
            Enumerable.Range(2, 3).Select(product =>
                Decide(new OrderRequest(User, [new RequestedItem(product, 1)])).Error?.Code));

        static StockRow Windowed(long product, DateTimeOffset? from, DateTimeOffset? until) =>
            new(product, OnHand: 9, Reserved: 0)
            {
                Product = new("Cup", 9_000, IsForSale: true) { SellFrom = from, SellUntil = until },
            };
    }

    [Fact]
    public void Another_total_than_the_expected_one_is_told_and_takes_nothing()
    {
        Hold(Coupon);
        var request = new OrderRequest(User, [new RequestedItem(Tea, 10)], UserCouponId: Coupon);

        var refusal = Decide(request with { ExpectedTotal = 45_000 }).Error;
        Assert.Equal("orders.total_changed", refusal?.Code);
        Assert.Equal((45_000L, 44_000L), (refusal!.Members["expectedTotal"], refusal.Members["totalAmount"]));

        Assert.Equal(44_000, Decide(request with { ExpectedTotal = 44_000 }).Value.TotalAmount);
    }

    [Fact]
    public void A_refused_order_leaves_the_cart_to_the_next_one()
    {
        carts.Add(User, new ItemQuantity(Tea, 11));
        Assert.Equal("catalog.out_of_stock", Decide(new OrderRequest(User, FromCart: true)).Error?.Code);
        Assert.Single(carts.ItemsOf(User));
    }

    private Result<Order> Decide(OrderRequest request)
    {
        var decider = Decider();
        var placed = decider.Decide(request);
        return placed.Error is null ? decider.Keep(request, placed.Value) : placed;
    }

    private Result<Order> Decide(int quantity, long? coupon, ExpiredCoupon ifExpired = ExpiredCoupon.Reject) =>
        Decide(
            new OrderRequest(
                User, [new RequestedItem(Tea, quantity)], UserCouponId: coupon, IfCouponExpired: ifExpired));

    private OrderDecider Decider() =>
        new(new LockedForOrdering(clock, open, carts, coupons, stock, users), TimeSpan.FromMinutes(15), sells: false);

    private void Hold(
        long coupon,
        long owner = User,
        string status = "AVAILABLE",
        long discount = 1_000,
        long? minimum = null,
        DateTimeOffset? validFrom = null,
        DateTimeOffset? validUntil = null) =>
        coupons.Add(
            new IssuedCoupon(
                coupon,
                owner,
                status,
                "ACTIVE",
                "Coupon",
                "FIXED",
                discount,
                MaxDiscount: null,
                minimum,
                ScopeProducts: null,
                ScopeCategories: null,
                validFrom ?? Now.AddDays(-1),
                validUntil ?? Now.AddDays(1)));
}
