using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class OrderErrorTests : CouponTest
{
    [Fact]
    public async Task An_expired_coupon_stops_the_order_or_is_left_out_as_the_order_says()
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync();
        var issued = await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: 5), customer.UserId);
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));

        (await OrderAsync(customer, product, issued)).ExpectProblem(HttpStatusCode.Conflict, "coupons.expired");
        (await OrderAsync(customer, product, issued, ifCouponExpired: "REJECT")).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.expired");
        Assert.Equal(100, await StockOfAsync(product));

        var order = (await OrderAsync(customer, product, issued, ifCouponExpired: "IGNORE")).Expect(
            HttpStatusCode.Created);
        Assert.Equal(JsonValueKind.Null, order["userCouponId"].ValueKind);
        Assert.Equal((0, 5_000), (order["discountAmount"].GetInt64(), order["totalAmount"].GetInt64()));
        Assert.Equal("EXPIRED", (await ReadIssuedCouponAsync(customer.UserId, issued))["status"].GetString());
    }

    [Fact]
    public async Task Every_other_refusal_stands_whatever_the_order_says_of_expired_coupons()
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync(balance: 100_000);
        var other = await PeopleAsync(1);
        var toCome = await HoldAsync(await CreateCouponAsync(validFrom: 10), customer.UserId);
        var large = await HoldAsync(await CreateCouponAsync(minimumOrderAmount: 5_001), customer.UserId);
        var somebodyElses = await HoldAsync(await CreateCouponAsync(), other[0]);
        var inUse = await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: 5), customer.UserId);
        var used = await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: 5), customer.UserId);
        var paid = (await OrderAsync(customer, product, used)).Expect(HttpStatusCode.Created)["orderId"].GetGuid();
        (await customer.PayAsync(paid)).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        (await OrderAsync(customer, product, inUse)).Expect(HttpStatusCode.Created);
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));

        foreach (var ifCouponExpired in (string[])["REJECT", "IGNORE"])
        {
            (await OrderAsync(customer, product, toCome, ifCouponExpired)).ExpectProblem(
                HttpStatusCode.Conflict, "coupons.not_yet_valid");
            (await OrderAsync(customer, product, large, ifCouponExpired)).ExpectProblem(
                HttpStatusCode.Conflict, "coupons.minimum_order_amount");
            (await OrderAsync(customer, product, somebodyElses, ifCouponExpired)).ExpectProblem(
                HttpStatusCode.NotFound, "coupons.user_coupon_not_found");
            (await OrderAsync(customer, product, 999_999, ifCouponExpired)).ExpectProblem(
                HttpStatusCode.NotFound, "coupons.user_coupon_not_found");
            (await OrderAsync(customer, product, inUse, ifCouponExpired)).ExpectProblem(
                HttpStatusCode.Conflict, "coupons.in_use");
            (await OrderAsync(customer, product, used, ifCouponExpired)).ExpectProblem(
                HttpStatusCode.Conflict, "coupons.already_used");
        }

        Assert.Equal(98, await StockOfAsync(product));
        Assert.Equal(2, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));
    }

    [Fact]
    public async Task A_coupon_that_takes_nothing_off_is_not_used_up()
    {
        var (cheap, free) = (await CreateProductAsync(price: 50), await CreateProductAsync(price: 0));
        var customer = await SignUpAsync(balance: 100_000);
        var percent = await HoldAsync(await CreateCouponAsync(type: "PERCENT", value: 1), customer.UserId);
        var amount = await HoldAsync(await CreateCouponAsync(), customer.UserId);

        (await OrderAsync(customer, cheap, percent)).ExpectProblem(HttpStatusCode.Conflict, "coupons.no_discount");
        (await OrderAsync(customer, free, amount)).ExpectProblem(HttpStatusCode.Conflict, "coupons.no_discount");
        foreach (var issued in (long[])[percent, amount])
            Assert.Equal("AVAILABLE", (await ReadIssuedCouponAsync(customer.UserId, issued))["status"].GetString());
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));
    }

    [Fact]
    public async Task A_refusal_of_user_product_or_stock_wins_over_one_of_the_coupon()
    {
        var customer = await SignUpAsync();
        var empty = await CreateProductAsync(stock: 0);
        var stopped = await CreateProductAsync();
        (await Admin.PatchAsync($"/admin/products/{stopped}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);

        (await Admin.PostAsync(
            "/orders",
            new
            {
                userId = 888_888,
                items = new[] { new { productId = empty, quantity = 1 } },
                userCouponId = 999_999,
            }))
            .ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await OrderAsync(customer, 999_999, 999_999)).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.product_not_found");
        (await OrderAsync(customer, stopped, 999_999)).ExpectProblem(HttpStatusCode.Conflict, "catalog.not_for_sale");
        (await OrderAsync(customer, empty, 999_999)).ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock");
    }

    [Theory]
    [InlineData("/orders")]
    [InlineData("/checkout")]
    public async Task Optional_members_that_are_null_say_nothing(string path)
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync(balance: 5_000);
        var issued = await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: 5), customer.UserId);
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));

        (await customer.Client.SendRawAsync(HttpMethod.Post, path, Body($"{issued}"))).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.expired");
        (await customer.Client.SendRawAsync(HttpMethod.Post, path, Body("null"))).Expect(HttpStatusCode.Created);

        string Body(string coupon) => $$"""
            {"userId": {{customer.UserId}}, "items": [{"productId": {{product}}, "quantity": 1}],
                "fromCart": null, "userCouponId": {{coupon}}, "ifCouponExpired": null}
            """;
    }

    [Fact]
    public async Task A_malformed_coupon_or_choice_is_refused()
    {
        (string Member, string Value)[] malformed =
        [
            ("userCouponId", "\"7\""),
            ("userCouponId", "7.5"),
            ("ifCouponExpired", "\"ignore\""),
            ("ifCouponExpired", "\"SKIP\""),
            ("ifCouponExpired", "\"REJECT,IGNORE\""),
            ("ifCouponExpired", "1"),
        ];
        foreach (var (member, value) in malformed)
        {
            var body = $$"""{"userId": 1, "items": [{"productId": 1, "quantity": 1}], "{{member}}": {{value}}}""";
            (await Admin.SendRawAsync(HttpMethod.Post, "/orders", body)).ExpectInvalid(member);
        }
    }

    private static Task<Answer> OrderAsync(
        Customer customer, long product, long userCouponId, string? ifCouponExpired = null)
    {
        var items = new[] { new { productId = product, quantity = 1 } };
        return ifCouponExpired is null
            ? customer.PostAsync("/orders", new { userId = customer.UserId, items, userCouponId })
            : customer.PostAsync("/orders", new { userId = customer.UserId, items, userCouponId, ifCouponExpired });
    }
}
