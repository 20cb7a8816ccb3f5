using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Coupons;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class QuoteOrderTests : CouponTest
{
    [Fact]
    public async Task A_quote_says_what_the_order_comes_to_and_keeps_nothing()
    {
        var tea = await CreateProductAsync(price: 5_000, stock: 10);
        var customer = await SignUpAsync(balance: 7_000);
        var small = await HoldAsync(await CreateCouponAsync(value: 500), customer.UserId);
        var large = await HoldAsync(await CreateCouponAsync(value: 2_000), customer.UserId);
        var unreached = await HoldAsync(await CreateCouponAsync(minimumOrderAmount: 10_001), customer.UserId);
        var toCome = await HoldAsync(await CreateCouponAsync(validFrom: 10), customer.UserId);
        // Expired, so it is not listed.
        await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: 1), customer.UserId);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));

        var body = new { userId = customer.UserId, items = Items(tea, 2), userCouponId = small };
        var quote = (await customer.PostAsync("/orders/quote", body)).Expect(HttpStatusCode.OK);
        Assert.Equal(
            (10_000, 500, 9_500, 7_000, 2_500),
            (Amount(quote, "itemsAmount"), Amount(quote, "discountAmount"), Amount(quote, "totalAmount"),
                Amount(quote, "balance"), Amount(quote, "shortfall")));
        Assert.Equal(
            [
                (large, 2_000, true, null),
                (small, 500, true, null),
                (unreached, 0, false, "MINIMUM_ORDER_AMOUNT"),
                (toCome, 0, false, "NOT_YET_VALID"),
            ],
            quote["coupons"].EnumerateArray().Select(Read));

        Assert.Equal(10, await StockOfAsync(tea));
        Assert.Equal("AVAILABLE", (await ReadIssuedCouponAsync(customer.UserId, small))["status"].GetString());
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));

        var order = (await customer.PostAsync("/orders", body)).Expect(HttpStatusCode.Created);
        Assert.Equal(quote["items"].GetRawText(), order["items"].GetRawText());
        Assert.Equal(Amount(quote, "totalAmount"), Amount(order, "totalAmount"));
        var inUse = (await customer.PostAsync("/orders/quote", new { userId = customer.UserId, items = Items(tea, 2) }))
            .Expect(HttpStatusCode.OK)["coupons"].EnumerateArray().Select(Read);
        Assert.Contains((small, 0, false, "IN_USE"), inUse);

        // RESERVED wins over EXPIRED.
        await Shop.ExecuteAsync("update coupons.user_coupons set valid_until = valid_from + interval '1 microsecond'");
        var late = (await customer.PostAsync("/orders/quote", new { userId = customer.UserId, items = Items(tea, 2) }))
            .Expect(HttpStatusCode.OK)["coupons"].EnumerateArray().Select(Read);
        Assert.Equal([(small, 0, false, "IN_USE")], late.Where(coupon => coupon.Item1 != toCome));
    }

    [Fact]
    public async Task A_quote_is_refused_as_the_order_would_be_but_for_balance_and_total()
    {
        var tea = await CreateProductAsync(price: 5_000, stock: 1);
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        var me = customer.UserId;

        (await Admin.PostAsync("/orders/quote", new { userId = 999_999, items = Items(tea, 1) }))
            .ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await QuoteAsync(new { userId = other.UserId, items = Items(tea, 1) }))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await QuoteAsync(new { userId = me })).ExpectInvalid("items");
        (await QuoteAsync(new { userId = me, items = Items(tea, 1), productIds = new[] { tea } }))
            .ExpectInvalid("productIds");
        (await QuoteAsync(new { userId = me, fromCart = true, productIds = Array.Empty<long>() }))
            .ExpectInvalid("productIds");
        (await QuoteAsync(new { userId = me, items = Items(999_999, 1) }))
            .ExpectProblem(HttpStatusCode.NotFound, "catalog.product_not_found");
        (await QuoteAsync(new { userId = me, items = Items(tea, 2) }))
            .ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock");
        (await QuoteAsync(new { userId = me, items = Items(tea, 1), userCouponId = 999_999 }))
            .ExpectProblem(HttpStatusCode.NotFound, "coupons.user_coupon_not_found");
        (await QuoteAsync(new { userId = me, fromCart = true }))
            .ExpectProblem(HttpStatusCode.Conflict, "orders.empty_cart");
        (await QuoteAsync(new { userId = me, items = Items(tea, 1), expectedTotal = 1 })).Expect(HttpStatusCode.OK);

        for (var i = 0; i < 10; i++)
            await customer.PlaceAsync((await CreateProductAsync(price: 0), 1));
        (await QuoteAsync(new { userId = me, items = Items(tea, 1) }))
            .ExpectProblem(HttpStatusCode.Conflict, "orders.too_many_open");

        Task<Answer> QuoteAsync(object body) => customer.PostAsync("/orders/quote", body);
    }

    [Fact]
    public async Task A_price_that_has_changed_is_not_charged_unasked()
    {
        var tea = await CreateProductAsync(price: 5_000, stock: 10);
        var customer = await SignUpAsync(balance: 50_000);
        var body = new { userId = customer.UserId, items = Items(tea, 2), expectedTotal = 10_000 };
        (await Admin.PatchAsync($"/admin/products/{tea}", new { price = 5_500 })).Expect(HttpStatusCode.OK);

        foreach (var path in (string[])["/orders", "/checkout"])
        {
            var refusal = (await customer.PostAsync(path, body))
                .ExpectProblem(HttpStatusCode.Conflict, "orders.total_changed");
            Assert.Equal((10_000, 11_000), (Amount(refusal, "expectedTotal"), Amount(refusal, "totalAmount")));
        }

        Assert.Equal(10, await StockOfAsync(tea));
        Assert.Equal(50_000, await customer.BalanceAsync());
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));

        // It is told before the balance, and after everything else.
        var poor = await SignUpAsync();
        (await poor.PostAsync("/checkout", new { userId = poor.UserId, items = Items(tea, 2), expectedTotal = 10_000 }))
            .ExpectProblem(HttpStatusCode.Conflict, "orders.total_changed");
        var tooMuch = new { userId = customer.UserId, items = Items(tea, 11), expectedTotal = 1 };
        (await customer.PostAsync("/orders", tooMuch))
            .ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock");
        (await customer.PostAsync(
            "/checkout", new { userId = customer.UserId, items = Items(tea, 2), expectedTotal = 11_000 }))
            .Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Some_of_a_cart_is_ordered_and_the_rest_stays()
    {
        var (tea, cup) = (await CreateProductAsync(price: 1_000), await CreateProductAsync(price: 3_000));
        var customer = await SignUpAsync(balance: 50_000);
        foreach (var productId in (long[])[tea, cup])
            (await customer.PostAsync($"/users/{customer.UserId}/cart/items", new { productId, quantity = 2 }))
                .Expect(HttpStatusCode.OK);

        var missing = (await customer.PostAsync(
            "/orders", new { userId = customer.UserId, fromCart = true, productIds = new[] { tea, 999_999 } }))
            .ExpectProblem(HttpStatusCode.NotFound, "orders.not_in_cart");
        Assert.Equal("[999999]", missing["productIds"].GetRawText());
        var order = (await customer.PostAsync(
            "/orders", new { userId = customer.UserId, fromCart = true, productIds = new[] { cup } }))
            .Expect(HttpStatusCode.Created);
        Assert.Equal(6_000, Amount(order, "totalAmount"));
        var left = (await customer.GetAsync($"/users/{customer.UserId}/cart"))["items"];
        Assert.Equal(tea, left.EnumerateArray().Single().GetProperty("productId").GetInt64());
    }

    [Fact]
    public async Task Orders_of_different_products_of_one_cart_at_once_take_each_once()
    {
        var products = new List<long>();
        for (var i = 0; i < 5; i++)
            products.Add(await CreateProductAsync(price: 1_000));
        var customer = await SignUpAsync(balance: 50_000);
        foreach (var productId in products)
            (await customer.PostAsync($"/users/{customer.UserId}/cart/items", new { productId, quantity = 1 }))
                .Expect(HttpStatusCode.OK);

        var answers = await Task.WhenAll(products.Concat(products).Select(product => customer.PostAsync(
            "/checkout", new { userId = customer.UserId, fromCart = true, productIds = new[] { product } })));
        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(45_000, await customer.BalanceAsync());
        Assert.Empty((await customer.GetAsync($"/users/{customer.UserId}/cart"))["items"].EnumerateArray());
    }

    private static object[] Items(long productId, int quantity) => [new { productId, quantity }];

    private static long Amount(Answer answer, string member) => answer[member].GetInt64();

    private static (long, long, bool, string?) Read(JsonElement coupon) => (
        coupon.GetProperty("userCouponId").GetInt64(), coupon.GetProperty("discount").GetInt64(),
        coupon.GetProperty("applicable").GetBoolean(), coupon.GetProperty("reason").GetString());
}
