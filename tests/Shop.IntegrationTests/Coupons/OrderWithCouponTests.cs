using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class OrderWithCouponTests : CouponTest
{
    [Fact]
    public async Task An_order_with_a_coupon_costs_less_by_what_the_coupon_says()
    {
        var product = await CreateProductAsync(price: 3_333, stock: 1_000);
        var customer = await SignUpAsync();
        (long Coupon, int Quantity, long Discount)[] cases =
        [
            (await CreateCouponAsync(type: "FIXED", value: 2_000), 3, 2_000),
            (await CreateCouponAsync(type: "FIXED", value: 10_000), 1, 3_333),
            (await CreateCouponAsync(type: "FIXED", value: 2_000, maxDiscount: 1_500), 3, 1_500),
            (await CreateCouponAsync(type: "PERCENT", value: 15), 1, 499),
            (await CreateCouponAsync(type: "PERCENT", value: 15, maxDiscount: 1_000), 3, 1_000),
            (await CreateCouponAsync(type: "PERCENT", value: 100), 2, 6_666),
            (await CreateCouponAsync(type: "PERCENT", value: 10, minimumOrderAmount: 9_999), 3, 999),
        ];

        foreach (var (coupon, quantity, discount) in cases)
        {
            var issued = await HoldAsync(coupon, customer.UserId);
            var order = (await OrderWithAsync(customer, product, issued, quantity)).Expect(HttpStatusCode.Created);
            Assert.Equal(
                (quantity * 3_333L, discount, quantity * 3_333L - discount, issued),
                (
                    order["itemsAmount"].GetInt64(),
                    order["discountAmount"].GetInt64(),
                    order["totalAmount"].GetInt64(),
                    order["userCouponId"].GetInt64()));
            Assert.Equal(
                order.Text,
                (await customer.GetAsync($"/orders/{order["orderId"].GetGuid()}")).Expect(HttpStatusCode.OK).Text);
        }
    }

    [Fact]
    public async Task A_coupon_is_reserved_by_its_order_and_used_once_the_order_is_paid()
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync(balance: 10_000);
        var issued = await HoldAsync(await CreateCouponAsync(value: 1_000), customer.UserId);

        var order = (await OrderWithAsync(customer, product, issued)).Expect(
            HttpStatusCode.Created)["orderId"].GetGuid();
        var reserved = await ReadIssuedCouponAsync(customer.UserId, issued);
        Assert.Equal(("RESERVED", order), (reserved["status"].GetString(), reserved["orderId"].GetGuid()));
        Assert.Equal(JsonValueKind.Null, reserved["usedAt"].ValueKind);
        (await OrderWithAsync(customer, product, issued)).ExpectProblem(HttpStatusCode.Conflict, "coupons.in_use");

        Assert.Equal(4_000, (await customer.PayAsync(order)).Expect(HttpStatusCode.Created)["amount"].GetInt64());
        Assert.Equal(6_000, await customer.BalanceAsync());
        (await OrderWithAsync(customer, product, issued)).Expect(HttpStatusCode.Conflict);
        await Shop.DeliverEventsAsync();

        var used = await ReadIssuedCouponAsync(customer.UserId, issued);
        Assert.Equal(("USED", order), (used["status"].GetString(), used["orderId"].GetGuid()));
        Assert.Equal(JsonValueKind.String, used["usedAt"].ValueKind);
        (await OrderWithAsync(customer, product, issued)).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.already_used");
        Assert.Equal(99, await StockOfAsync(product));
    }

    [Fact]
    public async Task A_coupon_comes_back_when_the_payment_fails_and_can_be_used_again()
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync(balance: 1_000);
        var issued = await HoldAsync(await CreateCouponAsync(value: 1_000), customer.UserId);
        var order = (await OrderWithAsync(customer, product, issued)).Expect(
            HttpStatusCode.Created)["orderId"].GetGuid();

        var failed = (await customer.PayAsync(order)).ExpectProblem(
            HttpStatusCode.Conflict, "payments.insufficient_balance");
        Assert.Equal(3_000, failed["shortfall"].GetInt64());
        await Shop.DeliverEventsAsync();

        var back = await ReadIssuedCouponAsync(customer.UserId, issued);
        Assert.Equal("AVAILABLE", back["status"].GetString());
        Assert.Equal(JsonValueKind.Null, back["orderId"].ValueKind);
        (await customer.PostAsync($"/users/{customer.UserId}/balance/charges", new { amount = 3_000 })).Expect(
            HttpStatusCode.OK);
        var again = (await OrderWithAsync(customer, product, issued)).Expect(
            HttpStatusCode.Created)["orderId"].GetGuid();
        (await customer.PayAsync(again)).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        var used = await ReadIssuedCouponAsync(customer.UserId, issued);
        Assert.Equal(("USED", again), (used["status"].GetString(), used["orderId"].GetGuid()));
        Assert.Equal(0, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Events_of_many_orders_use_some_coupons_and_restore_others()
    {
        var product = await CreateProductAsync(price: 5_000);
        var issued = new List<(Customer Customer, long Coupon, bool Pays)>();
        for (var i = 0; i < 6; i++)
        {
            var customer = await SignUpAsync(balance: i % 2 == 0 ? 5_000 : 1_000);
            var coupon = await HoldAsync(await CreateCouponAsync(), customer.UserId);
            var order = (await OrderWithAsync(customer, product, coupon))
                .Expect(HttpStatusCode.Created)["orderId"]
                .GetGuid();
            (await customer.PayAsync(order)).Expect(i % 2 == 0 ? HttpStatusCode.Created : HttpStatusCode.Conflict);
            issued.Add((customer, coupon, i % 2 == 0));
        }

        await Shop.DeliverEventsAsync();

        foreach (var (customer, coupon, pays) in issued)
            Assert.Equal(
                pays ? "USED" : "AVAILABLE",
                (await ReadIssuedCouponAsync(customer.UserId, coupon))["status"].GetString());
    }

    [Fact]
    public async Task A_coupon_in_twenty_orders_at_once_stands_in_one()
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync();
        var issued = await HoldAsync(await CreateCouponAsync(), customer.UserId);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => OrderWithAsync(customer, product, issued)));

        var order = Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(
            answers.Where(answer => answer != order),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "coupons.in_use"));
        Assert.Equal(
            order["orderId"].GetGuid(), (await ReadIssuedCouponAsync(customer.UserId, issued))["orderId"].GetGuid());
        Assert.Equal(99, await StockOfAsync(product));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));
    }

    [Fact]
    public async Task An_order_that_a_coupon_pays_for_whole_needs_no_balance()
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync();
        var issued = await HoldAsync(await CreateCouponAsync(type: "PERCENT", value: 100), customer.UserId);
        var order = (await OrderWithAsync(customer, product, issued)).Expect(HttpStatusCode.Created);
        Assert.Equal(0, order["totalAmount"].GetInt64());

        Assert.Equal(
            0,
            (await customer.PayAsync(order["orderId"].GetGuid())).Expect(HttpStatusCode.Created)["amount"].GetInt64());
        await Shop.DeliverEventsAsync();
        Assert.Equal("USED", (await ReadIssuedCouponAsync(customer.UserId, issued))["status"].GetString());
    }

    [Fact]
    public async Task An_order_made_in_time_pays_with_its_discount_after_the_coupon_has_expired()
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync(balance: 4_000);
        var issued = await HoldAsync(
            await CreateCouponAsync(value: 1_000, issueUntil: 1, validUntil: 5), customer.UserId);
        var order = (await OrderWithAsync(customer, product, issued)).Expect(
            HttpStatusCode.Created)["orderId"].GetGuid();

        Shop.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(4_000, (await customer.PayAsync(order)).Expect(HttpStatusCode.Created)["amount"].GetInt64());
        await Shop.DeliverEventsAsync();
        Assert.Equal("USED", (await ReadIssuedCouponAsync(customer.UserId, issued))["status"].GetString());
    }

    private static Task<Answer> OrderWithAsync(Customer customer, long product, long userCouponId, int quantity = 1) =>
        customer.PostAsync(
            "/orders",
            new { userId = customer.UserId, items = new[] { new { productId = product, quantity } }, userCouponId });
}
