using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class CartTests : ShopTest
{
    [Fact]
    public async Task A_cart_adds_up_and_shows_prices_and_availability_as_they_are_now()
    {
        var (tea, cup) = (await CreateProductAsync(price: 3_000, stock: 10, name: "Tea"), await CreateProductAsync(price: 500, stock: 5, name: "Cup"));
        var customer = await SignUpAsync();
        Assert.Equal(0, (await customer.GetAsync(CartOf(customer))).Expect(HttpStatusCode.OK)["items"].GetArrayLength());

        await AddAsync(customer, tea, 2);
        await AddAsync(customer, cup, 1);
        var cart = (await AddAsync(customer, tea, 3)).Expect(HttpStatusCode.OK);
        Assert.Equal(customer.UserId, cart["userId"].GetInt64());
        Assert.Equal(15_500, cart["itemsAmount"].GetInt64());
        Assert.Equal([(tea, 5, 3_000, 10), (cup, 1, 500, 5)], Items(cart));

        (await Admin.PatchAsync($"/admin/products/{tea}", new { price = 1_000 })).Expect(HttpStatusCode.OK);
        (await Admin.PatchAsync($"/admin/products/{cup}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        cart = (await customer.GetAsync(CartOf(customer))).Expect(HttpStatusCode.OK);
        Assert.Equal([(tea, 5, 1_000, 10), (cup, 1, 500, 0)], Items(cart));
        Assert.Equal(5_500, cart["itemsAmount"].GetInt64());
    }

    [Fact]
    public async Task A_line_is_set_and_taken_out()
    {
        var tea = await CreateProductAsync(stock: 10);
        var customer = await SignUpAsync();
        Assert.Equal([(tea, 4, 1_000, 10)], Items(await SetAsync(customer, tea, 4)));
        Assert.Equal([(tea, 2, 1_000, 10)], Items(await SetAsync(customer, tea, 2)));
        (await Admin.PatchAsync($"/admin/products/{tea}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        Assert.Empty(Items(await SetAsync(customer, tea, 0)));
        Assert.Empty(Items(await SetAsync(customer, 999_999, 0)));

        var cup = await CreateProductAsync();
        await AddAsync(customer, cup, 1);
        (await customer.Client.DeleteAsync($"{CartOf(customer)}/items/{cup}")).Expect(HttpStatusCode.NoContent);
        (await customer.Client.DeleteAsync($"{CartOf(customer)}/items/{cup}")).Expect(HttpStatusCode.NoContent);
        await AddAsync(customer, cup, 1);
        (await customer.Client.DeleteAsync(CartOf(customer))).Expect(HttpStatusCode.NoContent);
        (await customer.Client.DeleteAsync(CartOf(customer))).Expect(HttpStatusCode.NoContent);
        Assert.Empty(Items(await customer.GetAsync(CartOf(customer))));
    }

    [Fact]
    public async Task What_can_not_be_ordered_is_not_put_in()
    {
        var scarce = await CreateProductAsync(stock: 2);
        var stopped = await CreateProductAsync(stock: 0);
        (await Admin.PatchAsync($"/admin/products/{stopped}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        var customer = await SignUpAsync();

        (await AddAsync(customer, 999_999, 1)).ExpectProblem(HttpStatusCode.NotFound, "catalog.product_not_found");
        (await AddAsync(customer, stopped, 1)).ExpectProblem(HttpStatusCode.Conflict, "catalog.not_for_sale");
        await AddAsync(customer, scarce, 1);
        var short_ = (await AddAsync(customer, scarce, 2)).ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock")["shortages"][0];
        Assert.Equal((scarce, 3, 2), (short_.GetProperty("productId").GetInt64(), short_.GetProperty("requested").GetInt32(), short_.GetProperty("available").GetInt32()));
        (await SetAsync(customer, scarce, 3)).ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock");
        Assert.Equal([(scarce, 1, 1_000, 2)], Items(await customer.GetAsync(CartOf(customer))));
    }

    [Fact]
    public async Task A_line_holds_at_most_a_thousand()
    {
        var plenty = await CreateProductAsync(stock: 5_000);
        var customer = await SignUpAsync();
        (await AddAsync(customer, plenty, 0)).ExpectInvalid("quantity");
        (await AddAsync(customer, plenty, 1_001)).ExpectInvalid("quantity");
        (await SetAsync(customer, plenty, -1)).ExpectInvalid("quantity");
        (await SetAsync(customer, plenty, 1_001)).ExpectInvalid("quantity");
        (await AddAsync(customer, plenty, 600)).Expect(HttpStatusCode.OK);
        (await AddAsync(customer, plenty, 401)).ExpectInvalid("quantity");
        Assert.Equal([(plenty, 1_000, 1_000, 5_000)], Items((await AddAsync(customer, plenty, 400)).Expect(HttpStatusCode.OK)));
        (await customer.Client.SendRawAsync(HttpMethod.Post, $"{CartOf(customer)}/items", """{"productId": "1"}""")).Expect(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_cart_is_its_owners()
    {
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        (await other.GetAsync(CartOf(customer))).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.PostAsync($"{CartOf(customer)}/items", new { productId = 1, quantity = 1 })).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Admin.GetAsync("/users/999999/cart")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.PostAsync("/users/999999/cart/items", new { productId = 1, quantity = 1 })).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.DeleteAsync("/users/999999/cart")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    [Fact]
    public async Task Ordering_from_the_cart_empties_it_once_whoever_is_quicker()
    {
        var tea = await CreateProductAsync(price: 2_000, stock: 100);
        var customer = await SignUpAsync();
        await AddAsync(customer, tea, 3);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => FromCartAsync(customer)));

        var order = Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(6_000, order["totalAmount"].GetInt64());
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.ExpectProblem(HttpStatusCode.Conflict, "orders.empty_cart"));
        Assert.Empty(Items(await customer.GetAsync(CartOf(customer))));
        Assert.Equal(97, await StockOfAsync(tea));
    }

    [Fact]
    public async Task A_refused_order_leaves_the_cart_as_it_is()
    {
        var tea = await CreateProductAsync(stock: 5);
        var customer = await SignUpAsync();
        await AddAsync(customer, tea, 5);
        await (await SignUpAsync()).PlaceAsync((tea, 1));

        (await FromCartAsync(customer)).ExpectProblem(HttpStatusCode.Conflict, "catalog.out_of_stock");
        Assert.Equal([(tea, 5, 1_000, 4)], Items(await customer.GetAsync(CartOf(customer))));
        (await customer.PostAsync("/orders", new { userId = customer.UserId, fromCart = true, items = new[] { new { productId = tea, quantity = 1 } } })).ExpectInvalid("items");
        (await customer.PostAsync("/orders", new { userId = customer.UserId, fromCart = false })).ExpectInvalid("items");
    }

    private static string CartOf(Customer customer) => $"/users/{customer.UserId}/cart";

    private static Task<Answer> AddAsync(Customer customer, long productId, int quantity) =>
        customer.PostAsync($"{CartOf(customer)}/items", new { productId, quantity });

    private static Task<Answer> SetAsync(Customer customer, long productId, int quantity) =>
        customer.Client.PutAsync($"{CartOf(customer)}/items/{productId}", new { quantity });

    private static Task<Answer> FromCartAsync(Customer customer) => customer.PostAsync("/orders", new { userId = customer.UserId, fromCart = true });

    private static List<(long ProductId, int Quantity, long Price, long Available)> Items(Answer cart) =>
    [
        .. cart.Expect(HttpStatusCode.OK)["items"].EnumerateArray().Select(item => (
            item.GetProperty("productId").GetInt64(), item.GetProperty("quantity").GetInt32(), item.GetProperty("price").GetInt64(), item.GetProperty("available").GetInt64())),
    ];
}
