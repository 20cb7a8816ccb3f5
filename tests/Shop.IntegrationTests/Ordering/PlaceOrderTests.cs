using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class PlaceOrderTests : ShopTest
{
    [Fact]
    public async Task An_order_reserves_its_stock_at_the_price_of_the_moment()
    {
        var keyboard = await CreateProductAsync(price: 30_000, stock: 10, name: "키보드");
        var mouse = await CreateProductAsync(price: 12_000, stock: 5, name: "Mouse");
        var customer = await SignUpAsync();

        var answer = (await customer.OrderAsync((mouse, 2), (keyboard, 1), (mouse, 1))).Expect(HttpStatusCode.Created);
        Assert.Equal($"/api/v1/orders/{answer["orderId"].GetGuid()}", answer.Headers.Location?.ToString());
        Assert.Equal("CREATED", answer["status"].GetString());
        Assert.Equal(customer.UserId, answer["userId"].GetInt64());
        Assert.Equal(7, answer["orderId"].GetGuid().Version);
        Assert.Equal(66_000, answer["itemsAmount"].GetInt64());
        Assert.Equal(0, answer["discountAmount"].GetInt64());
        Assert.Equal(66_000, answer["totalAmount"].GetInt64());
        Assert.Equal(JsonValueKind.Null, answer["userCouponId"].ValueKind);
        Assert.Equal(JsonValueKind.Null, answer["paymentId"].ValueKind);
        Assert.Equal(JsonValueKind.Null, answer["closedAt"].ValueKind);
        Assert.Equal(
            TimeSpan.FromMinutes(15),
            answer["expiresAt"].GetDateTimeOffset() - answer["createdAt"].GetDateTimeOffset());
        Assert.Equal(2, answer["items"].GetArrayLength());
        var first = answer["items"][0];
        Assert.Equal(
            (mouse, "Mouse", 12_000L, 3, 36_000L),
            (first.GetProperty("productId")
                .GetInt64(), first.GetProperty("name").GetString(), first.GetProperty("unitPrice").GetInt64(),
                first.GetProperty("quantity").GetInt32(), first.GetProperty("amount").GetInt64()));

        Assert.Equal(2, await StockOfAsync(mouse));
        Assert.Equal(9, await StockOfAsync(keyboard));

        (await Admin.PatchAsync($"/admin/products/{mouse}", new { price = 99_000, name = "Trackball" })).Expect(
            HttpStatusCode.OK);
        var read = (await customer.GetAsync($"/orders/{answer["orderId"].GetGuid()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(answer.Text, read.Text);
    }

    [Fact]
    public async Task An_order_says_who_made_it_for_its_customer_in_answers_and_events()
    {
        var product = await CreateProductAsync();
        var customer = await SignUpAsync(balance: 100_000);
        var created = (await Admin.PostAsync(
            "/admin/api-keys", new { name = "Storefront", permissions = new[] { "users:act-for" } }))
            .Expect(HttpStatusCode.Created);
        var storefront = Shop.Client(created["key"].GetString());
        var adminId = (await Admin.GetAsync("/users/me")).Expect(HttpStatusCode.OK)["userId"].GetInt64();
        var body = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } };
        foreach (var (client, type, id) in ((ShopClient, string?, string?)[])
        [
            (customer.Client, null, null), (Admin, "USER", $"{adminId}"),
            (storefront, "API_KEY", created["apiKeyId"].GetString()),
        ])
        {
            var placed = (await client.PostAsync("/orders", body)).Expect(HttpStatusCode.Created);
            AssertPlacedBy(type, id, placed.Body);
            var path = $"/orders/{placed["orderId"].GetGuid()}";
            AssertPlacedBy(type, id, (await customer.GetAsync(path)).Expect(HttpStatusCode.OK).Body);
            // A change of the order by others does not change who placed it.
            AssertPlacedBy(type, id, (await customer.PostAsync($"{path}/cancel")).Expect(HttpStatusCode.OK).Body);
            var paid = (await client.PostAsync("/checkout", body)).Expect(HttpStatusCode.Created)["order"];
            AssertPlacedBy(type, id, paid);
        }

        await Shop.DeliverEventsAsync();
        var told = await Shop.QueryAsync<string>(
            "select string_agg(coalesce(envelope::json #>> '{order,placedBy,type}', 'none'), ' ' order by delivery_id) "
            + "from ordering.deliveries");
        Assert.Equal("none none USER USER API_KEY API_KEY", told);

        static void AssertPlacedBy(string? type, string? id, JsonElement order)
        {
            var placedBy = order.GetProperty("placedBy");
            if (type is null)
                Assert.Equal(JsonValueKind.Null, placedBy.ValueKind);
            else
                Assert.Equal($$"""{"type":"{{type}}","id":"{{id}}"}""", placedBy.GetRawText());
        }
    }

    [Fact]
    public async Task What_is_short_is_named_line_by_line_and_nothing_is_reserved()
    {
        var scarce = await CreateProductAsync(stock: 2);
        var none = await CreateProductAsync(stock: 0);
        var plenty = await CreateProductAsync(stock: 100);
        var customer = await SignUpAsync();

        var answer = (await customer.OrderAsync((plenty, 5), (scarce, 2), (none, 1), (scarce, 1))).ExpectProblem(
            HttpStatusCode.Conflict, "catalog.out_of_stock");
        var shortages = answer["shortages"].EnumerateArray()
            .Select(
                line =>
                    (
                        line.GetProperty("productId").GetInt64(),
                        line.GetProperty("requested").GetInt32(),
                        line.GetProperty("available").GetInt64()))
            .Order().ToList();
        Assert.Equal([(scarce, 3, 2), (none, 1, 0)], shortages);
        Assert.Equal(100, await StockOfAsync(plenty));
        Assert.Equal(2, await StockOfAsync(scarce));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from ordering.orders"));
    }

    [Fact]
    public async Task The_first_refusal_in_the_order_of_the_contract_wins()
    {
        var stopped = await CreateProductAsync(stock: 0);
        (await Admin.PatchAsync($"/admin/products/{stopped}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        var empty = await CreateProductAsync(stock: 0);
        var customer = await SignUpAsync();

        (await Admin.PostAsync(
            "/orders", new { userId = 999_999, items = new[] { new { productId = 999_999, quantity = 1 } } }))
            .ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await customer.OrderAsync((empty, 1), (stopped, 1), (999_999, 1))).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.product_not_found");
        (await customer.OrderAsync((empty, 1), (stopped, 1))).ExpectProblem(
            HttpStatusCode.Conflict, "catalog.not_for_sale");
        (await customer.OrderAsync((empty, 1))).ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock");
    }

    [Theory]
    [InlineData("""{"items": [{"productId": 1, "quantity": 1}]}""", "userId")]
    [InlineData("""{"userId": "ME"}""", "userId")]
    [InlineData("""{"userId": ME}""", "items")]
    [InlineData("""{"userId": ME, "items": null}""", "items")]
    [InlineData("""{"userId": ME, "items": []}""", "items")]
    [InlineData("""{"userId": ME, "items": {}}""", "items")]
    [InlineData("""{"userId": ME, "items": [null]}""", "items[0]")]
    [InlineData("""{"userId": ME, "items": [{"productId": 1}]}""", "items[0].quantity")]
    [InlineData("""{"userId": ME, "items": [{"quantity": 1}]}""", "items[0].productId")]
    [InlineData("""{"userId": ME, "items": [{"productId": 1, "quantity": 0}]}""", "items[0].quantity")]
    [InlineData("""{"userId": ME, "items": [{"productId": 1, "quantity": -1}]}""", "items[0].quantity")]
    [InlineData("""{"userId": ME, "items": [{"productId": 1, "quantity": 1001}]}""", "items[0].quantity")]
    [InlineData(
        """{"userId": ME, "items": [{"productId": 1, "quantity": 1}, {"productId": 1, "quantity": "2"}]}""",
        "items[1].quantity")]
    [InlineData(
        """{"userId": ME, "items": [{"productId": 1, "quantity": 600}, {"productId": 1, "quantity": 401}]}""", "items")]
    public async Task A_malformed_order_is_refused_field_by_field(string body, string field)
    {
        var customer = await SignUpAsync();
        (await customer.Client.SendRawAsync(
            HttpMethod.Post,
            "/orders",
            body.Replace("ME", $"{customer.UserId}", StringComparison.Ordinal))).ExpectInvalid(field);
    }

    [Fact]
    public async Task An_order_has_at_most_fifty_lines()
    {
        var products = new List<long>();
        for (var i = 0; i < 51; i++)
            products.Add(await CreateProductAsync());
        var customer = await SignUpAsync();

        (await customer.OrderAsync([.. products.Select(product => (product, 1))])).ExpectInvalid("items");
        (await customer.OrderAsync([.. products.Take(50).Select(product => (product, 1))])).Expect(
            HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_customer_orders_for_itself_and_an_admin_for_anyone()
    {
        var product = await CreateProductAsync();
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        var body = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } };

        (await other.PostAsync("/orders", body)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.PostAsync("/orders", body)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await Admin.PostAsync("/orders", body)).Expect(HttpStatusCode.Created);
    }
}
