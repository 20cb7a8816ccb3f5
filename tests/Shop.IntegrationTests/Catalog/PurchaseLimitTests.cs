using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Ordering;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.Orders;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class PurchaseLimitTests : RefundTest
{
    [Fact]
    public async Task Of_fifty_orders_of_a_user_on_two_hosts_for_a_limit_of_two_two_are_placed()
    {
        var tea = await CreateLimitedAsync(maxPerUser: 2);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var customer = await SignUpAsync(balance: 1_000_000);
        var there = second.Client(await SignInAsync(customer.Email, "correct horse"));
        var body = new { userId = customer.UserId, items = Items((tea, 1)) };

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            (i % 2 == 0 ? customer.Client : there).PostAsync(i % 3 == 0 ? "/orders" : "/checkout", body)));

        Assert.Equal(2, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => Assert.Equal("catalog.purchase_limit_exceeded", answer.Code));
        Assert.Equal(98, await StockOfAsync(tea));
        (await BuyAsync(await SignUpAsync(balance: 10_000), tea, 2)).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        await AssertConsistentAsync();
        Assert.Equal(0, Shop.Lost.Count + second.Lost.Count);
    }

    [Fact]
    public async Task What_is_cancelled_expired_or_refunded_counts_no_more_and_once()
    {
        var tea = await CreateLimitedAsync(maxPerUser: 4);
        var customer = await SignUpAsync(balance: 100_000);
        (await BuyAsync(customer, tea, 5)).ExpectProblem(HttpStatusCode.Conflict, "catalog.purchase_limit_exceeded");

        var cancelled = await customer.PlaceAsync((tea, 4));
        Assert.Equal((0, 1), await LimitAsync(customer, tea, 1));
        (await customer.PostAsync($"/orders/{cancelled}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        await customer.PlaceAsync((tea, 4));
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        await Shop.Services.GetRequiredService<ExpireOrders>().RunOnceAsync(CancellationToken.None);
        await Shop.DeliverEventsAsync();

        var bought = (await BuyAsync(customer, tea, 4)).Expect(HttpStatusCode.Created)["order"]
            .GetProperty("orderId").GetGuid();
        (await RefundAsync(bought, tea, quantity: 1)).Expect(HttpStatusCode.Created);
        (await RefundAsync(bought, tea, quantity: 1, restock: false)).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        Assert.Equal((2, 3), await LimitAsync(customer, tea, 3));
        (await customer.PostAsync($"/orders/{bought}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        Assert.Equal((4, 5), await LimitAsync(customer, tea, 5));
        Assert.Equal(0, await Shop.QueryAsync<long>("select sum(quantity)::bigint from catalog.purchase_counts"));

        // Reserved while it was counted, sold by event, and cancelled then.
        var placed = await customer.PlaceAsync((tea, 4));
        (await customer.PayAsync(placed)).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        Assert.Equal((0, 1), await LimitAsync(customer, tea, 1));
        (await customer.PostAsync($"/orders/{placed}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        Assert.Equal((4, 5), await LimitAsync(customer, tea, 5));
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task Pieces_count_since_the_limit_was_set()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var customer = await SignUpAsync(balance: 100_000);
        var before = (await BuyAsync(customer, tea, 5)).Expect(HttpStatusCode.Created)["order"]
            .GetProperty("orderId").GetGuid();
        await ChangeAsync(tea, new { maxPerUser = 2 });
        (await BuyAsync(customer, tea, 2)).Expect(HttpStatusCode.Created);
        Assert.Equal((0, 1), await LimitAsync(customer, tea, 1));
        // Pieces that were not counted are not given back.
        (await customer.PostAsync($"/orders/{before}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        Assert.Equal((0, 1), await LimitAsync(customer, tea, 1));

        // Another limit counts what was counted; one that is set anew does not.
        await ChangeAsync(tea, new { maxPerUser = 3 });
        Assert.Equal((1, 2), await LimitAsync(customer, tea, 2));
        await ChangeAsync(tea, new { maxPerUser = (int?)null });
        (await BuyAsync(customer, tea, 7)).Expect(HttpStatusCode.Created);
        await ChangeAsync(tea, new { maxPerUser = 3 });
        Assert.Equal((3, 4), await LimitAsync(customer, tea, 4));
    }

    [Fact]
    public async Task A_cart_says_that_it_holds_more_than_the_limits_allow()
    {
        var tea = await CreateLimitedAsync(maxPerOrder: 3, maxPerUser: 4);
        var customer = await SignUpAsync(balance: 100_000);
        (await customer.PostAsync($"/users/{customer.UserId}/cart/items", new { productId = tea, quantity = 3 }))
            .Expect(HttpStatusCode.OK);
        Assert.Equal((true, null), await ReasonAsync());
        (await BuyAsync(customer, tea, 2)).Expect(HttpStatusCode.Created);
        Assert.Equal((false, "LIMIT"), await ReasonAsync());
        (await customer.PostAsync("/checkout", new { userId = customer.UserId, fromCart = true }))
            .ExpectProblem(HttpStatusCode.Conflict, "catalog.purchase_limit_exceeded");
        (await customer.PostAsync("/orders/quote", new { userId = customer.UserId, fromCart = true }))
            .ExpectProblem(HttpStatusCode.Conflict, "catalog.purchase_limit_exceeded");

        async Task<(bool, string?)> ReasonAsync()
        {
            var item = (await customer.GetAsync($"/users/{customer.UserId}/cart"))["items"][0];
            return (item.GetProperty("orderable").GetBoolean(), item.GetProperty("reason").GetString());
        }
    }

    [Fact]
    public async Task A_product_is_listed_and_sold_in_its_window()
    {
        var tea = await CreateProductAsync(price: 1_000, name: "Windowed");
        var customer = await SignUpAsync(balance: 100_000);
        var now = Shop.Clock.GetUtcNow();
        var changed = await ChangeAsync(tea, new { sellFrom = now.AddMinutes(1), sellUntil = now.AddMinutes(2) });
        Assert.Equal(JsonValueKind.String, changed["sellFrom"].ValueKind);
        Assert.Equal([], await ListAsync("?"));
        Assert.Equal([], await ListAsync("?q=Windowed&"));
        Assert.Equal([tea], await ListAsync("?status=UPCOMING&"));
        Assert.Equal([tea], await ListAsync("?status=UPCOMING&q=window&"));
        (await BuyAsync(customer, tea, 1)).ExpectProblem(HttpStatusCode.Conflict, "catalog.not_for_sale");
        (await customer.PostAsync($"/users/{customer.UserId}/cart/items", new { productId = tea, quantity = 1 }))
            .ExpectProblem(HttpStatusCode.Conflict, "catalog.not_for_sale");

        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([tea], await ListAsync("?"));
        Assert.Equal([], await ListAsync("?status=UPCOMING&"));
        (await BuyAsync(customer, tea, 1)).Expect(HttpStatusCode.Created);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([], await ListAsync("?sort=NAME&"));
        (await BuyAsync(customer, tea, 1)).ExpectProblem(HttpStatusCode.Conflict, "catalog.not_for_sale");
        (await Anonymous.GetAsync($"/products/{tea}")).Expect(HttpStatusCode.OK);

        (await Admin.PatchAsync($"/admin/products/{tea}", new { sellUntil = now })).ExpectInvalid("sellUntil");
        (await Admin.PatchAsync($"/admin/products/{tea}", new { maxPerOrder = 0 })).ExpectInvalid("maxPerOrder");
        (await Admin.PatchAsync($"/admin/products/{tea}", new { maxPerUser = 1001 })).ExpectInvalid("maxPerUser");
        (await Admin.PatchAsync("/admin/products/999999", new { sellUntil = now }))
            .ExpectProblem(HttpStatusCode.NotFound, "catalog.product_not_found");
        await ChangeAsync(tea, new { sellFrom = (string?)null, sellUntil = (string?)null });
        Assert.Equal([tea], await ListAsync("?"));

        async Task<List<long>> ListAsync(string query) =>
        [
            .. (await Anonymous.GetAsync($"/products{query}limit=50")).Expect(HttpStatusCode.OK)["items"]
                .EnumerateArray()
                .Select(product => product.GetProperty("productId").GetInt64()),
        ];
    }

    private async Task<long> CreateLimitedAsync(int? maxPerOrder = null, int? maxPerUser = null) =>
        (await Admin.PostAsync(
            "/admin/products", new { name = "Limited", price = 1_000, stock = 100, maxPerOrder, maxPerUser }))
            .Expect(HttpStatusCode.Created)["productId"].GetInt64();

    private async Task<Answer> ChangeAsync(long productId, object change) =>
        (await Admin.PatchAsync($"/admin/products/{productId}", change)).Expect(HttpStatusCode.OK);

    private static Task<Answer> BuyAsync(Customer customer, long productId, int quantity) =>
        customer.PostAsync("/checkout", new { userId = customer.UserId, items = Items((productId, quantity)) });

    // Asks for too many, and is told the limit.
    private static async Task<(long Allowed, int Requested)> LimitAsync(Customer customer, long productId, int quantity)
    {
        var limit = (await BuyAsync(customer, productId, quantity))
            .ExpectProblem(HttpStatusCode.Conflict, "catalog.purchase_limit_exceeded")["limits"][0];
        return (limit.GetProperty("allowed").GetInt64(), limit.GetProperty("requested").GetInt32());
    }
}
