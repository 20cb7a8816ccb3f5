using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class RefundItemsTests : RefundTest
{
    [Fact]
    public async Task Pieces_bring_back_their_part_of_the_money_and_the_last_one_the_coupon()
    {
        var tea = await CreateProductAsync(price: 1_000, stock: 10);
        var cup = await CreateProductAsync(price: 500, stock: 10);
        var customer = await SignUpAsync(balance: 10_000);
        var coupon = await HoldAsync(await CreateCouponAsync(value: 1_000), customer.UserId);
        var order = await BuyAsync(customer, Items((tea, 3), (cup, 1)), coupon);
        await Shop.DeliverEventsAsync();
        Assert.Equal(7_500, await customer.BalanceAsync());

        // 3,500 less 1,000: the tea's share is floor(1000 × 3000 / 3500) = 857, its net 2,143.
        var first = (await RefundAsync(order, tea)).Expect(HttpStatusCode.Created);
        Assert.Equal(714, first["amount"].GetInt64());
        Assert.Equal(
            $$"""[{"productId":{{tea}},"quantity":1,"amount":714}]""", first["items"].GetRawText());
        Assert.Equal(8_214, await customer.BalanceAsync());
        var read = (await customer.GetAsync($"/orders/{order}")).Expect(HttpStatusCode.OK);
        Assert.Equal(("PAID", 714), (read["status"].GetString(), read["refundedAmount"].GetInt64()));
        Assert.Equal(1, read["items"][0].GetProperty("refundedQuantity").GetInt32());

        await Shop.DeliverEventsAsync();
        Assert.Equal((8, 9), (await StockOfAsync(tea), await StockOfAsync(cup)));
        Assert.Equal("USED", (await ReadIssuedCouponAsync(customer.UserId, coupon))["status"].GetString());
        await AssertConsistentAsync();

        (await RefundAsync(order, tea, quantity: 2, restock: false)).Expect(HttpStatusCode.Created);
        var last = (await RefundAsync(order, cup)).Expect(HttpStatusCode.Created);
        Assert.Equal(357, last["amount"].GetInt64());
        Assert.Equal(10_000, await customer.BalanceAsync());
        read = (await customer.GetAsync($"/orders/{order}")).Expect(HttpStatusCode.OK);
        Assert.Equal(("REFUNDED", 2_500), (read["status"].GetString(), read["refundedAmount"].GetInt64()));
        var payment = await customer.GetAsync($"/payments/{read["paymentId"].GetGuid()}");
        Assert.Equal(JsonValueKind.String, payment["refundedAt"].ValueKind);

        await Shop.DeliverEventsAsync();
        Assert.Equal((8, 10), (await StockOfAsync(tea), await StockOfAsync(cup)));
        Assert.Equal("AVAILABLE", (await ReadIssuedCouponAsync(customer.UserId, coupon))["status"].GetString());
        Assert.Equal(0, await Shop.QueryAsync<long>("select sum(quantity)::bigint from ranking.daily_sales"));
        await AssertConsistentAsync();

        for (var i = 0; i < 4; i++)
            await Shop.DeliverToPlatformAsync();
        Assert.Equal(
            ["order.paid:1", "order.partially_refunded:2", "order.partially_refunded:3", "order.refunded:4"],
            Shop.PlatformLines());
    }

    [Fact]
    public async Task Twenty_refunds_at_once_on_two_hosts_never_give_back_more_than_was_paid()
    {
        var tea = await CreateProductAsync(price: 999, stock: 100);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));
        var customer = await SignUpAsync(balance: 10_000);
        var coupon = await HoldAsync(await CreateCouponAsync(value: 1_000), customer.UserId);
        var order = await BuyAsync(customer, Items((tea, 7)), coupon);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            RefundAsync(order, tea, by: i % 2 == 0 ? Admin : there)));
        Assert.Equal(7, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => Assert.Contains(answer.Code, (string[])["orders.not_refundable", "orders.refund_exceeds"]));
        Assert.Equal(10_000, await customer.BalanceAsync());
        await Shop.DeliverEventsAsync();
        Assert.Equal(100, await StockOfAsync(tea));
        Assert.Equal("REFUNDED", await customer.StatusOfAsync(order));
        await AssertConsistentAsync();
        Assert.Equal(0, Shop.Lost.Count + second.Lost.Count);
    }

    [Fact]
    public async Task Refunds_and_a_cancellation_at_once_give_back_what_was_paid()
    {
        var tea = await CreateProductAsync(price: 1_000, stock: 100);
        var customer = await SignUpAsync(balance: 10_000);
        var order = await BuyAsync(customer, Items((tea, 9)));
        (await RefundAsync(order, tea, quantity: 2)).Expect(HttpStatusCode.Created);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            i == 3 ? customer.PostAsync($"/orders/{order}/cancel") : RefundAsync(order, tea)));
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(10_000, await customer.BalanceAsync());
        var read = await customer.GetAsync($"/orders/{order}");
        Assert.Equal(("REFUNDED", 9_000), (read["status"].GetString(), read["refundedAmount"].GetInt64()));
        await Shop.DeliverEventsAsync();
        Assert.Equal(100, await StockOfAsync(tea));
        Assert.Equal(
            0, await Shop.QueryAsync<long>("select coalesce(sum(quantity), 0)::bigint from ranking.daily_sales"));
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task Lines_of_before_share_the_discount_as_if_all_were_in_its_scope()
    {
        var (tea, cup) = (await CreateProductAsync(price: 1_000), await CreateProductAsync(price: 500));
        var customer = await SignUpAsync(balance: 10_000);
        var coupon = await HoldAsync(await CreateCouponAsync(value: 1_000), customer.UserId);
        var order = await BuyAsync(customer, Items((tea, 3), (cup, 1)), coupon);
        await Shop.ExecuteAsync("update ordering.order_lines set discount_amount = null");

        Assert.Equal(357, (await RefundAsync(order, cup)).Expect(HttpStatusCode.Created)["amount"].GetInt64());
        (await RefundAsync(order, tea, quantity: 3)).Expect(HttpStatusCode.Created);
        Assert.Equal(10_000, await customer.BalanceAsync());
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task What_was_never_paid_or_is_not_there_is_not_refunded()
    {
        var (tea, cup) = (await CreateProductAsync(price: 1_000), await CreateProductAsync());
        var customer = await SignUpAsync(balance: 10_000);
        var open = await customer.PlaceAsync((tea, 1));
        var refusal = (await RefundAsync(open, tea)).ExpectProblem(HttpStatusCode.Conflict, "orders.not_refundable");
        Assert.Equal("CREATED", refusal["orderStatus"].GetString());
        (await RefundAsync(Guid.NewGuid(), tea)).ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");

        var order = await BuyAsync(customer, Items((tea, 2)));
        var exceeding = await Admin.PostAsync(
            $"/orders/{order}/refunds", new { items = Items((tea, 2), (tea, 1), (cup, 1)), reason = "came broken" });
        exceeding.ExpectProblem(HttpStatusCode.Conflict, "orders.refund_exceeds");
        Assert.Equal(
            [(tea, 3, 2), (cup, 1, 0)],
            exceeding["excesses"].EnumerateArray().Select(excess => (
                excess.GetProperty("productId").GetInt64(), excess.GetProperty("requested").GetInt64(),
                excess.GetProperty("refundable").GetInt32())));
        Assert.Equal(8_000, await customer.BalanceAsync());

        (await RefundAsync(order, tea, by: customer.Client)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        var support = await SignUpStaffAsync("SUPPORT");
        (await RefundAsync(order, tea, by: support.Client)).Expect(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("""{"reason": "broken"}""", "items")]
    [InlineData("""{"items": [], "reason": "broken"}""", "items")]
    [InlineData("""{"items": [null], "reason": "broken"}""", "items[0]")]
    [InlineData("""{"items": [{"productId": 1, "quantity": 0}], "reason": "broken"}""", "items[0].quantity")]
    [InlineData("""{"items": [{"productId": 1, "quantity": 1001}], "reason": "broken"}""", "items[0].quantity")]
    [InlineData("""{"items": [{"productId": 1, "quantity": 1}]}""", "reason")]
    [InlineData("""{"items": [{"productId": 1, "quantity": 1}], "reason": " "}""", "reason")]
    [InlineData("""{"items": [{"productId": 1, "quantity": 1}], "reason": "broken", "restock": 1}""", "restock")]
    public async Task A_malformed_refund_is_refused_field_by_field(string body, string field) =>
        (await Admin.SendRawAsync(HttpMethod.Post, $"/orders/{Guid.NewGuid()}/refunds", body)).ExpectInvalid(field);
}
