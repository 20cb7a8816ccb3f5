using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class GetCartTests : CartTest
{
    [Fact]
    public async Task A_cart_adds_up_and_shows_prices_and_availability_as_they_are_now()
    {
        var (tea, cup) = (
            await CreateProductAsync(price: 3_000, stock: 10, name: "Tea"),
            await CreateProductAsync(price: 500, stock: 5, name: "Cup"));
        var customer = await SignUpAsync();
        Assert.Equal(
            0, (await customer.GetAsync(CartOf(customer))).Expect(HttpStatusCode.OK)["items"].GetArrayLength());

        await AddAsync(customer, tea, 2);
        await AddAsync(customer, cup, 1);
        var cart = (await AddAsync(customer, tea, 3)).Expect(HttpStatusCode.OK);
        Assert.Equal(customer.UserId, cart["userId"].GetInt64());
        Assert.Equal(15_500, cart["itemsAmount"].GetInt64());
        Assert.Equal([new(tea, 5, 3_000, 10), new(cup, 1, 500, 5)], Lines(cart));

        (await Admin.PatchAsync($"/admin/products/{tea}", new { price = 1_000 })).Expect(HttpStatusCode.OK);
        (await Admin.PatchAsync($"/admin/products/{cup}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        cart = (await customer.GetAsync(CartOf(customer))).Expect(HttpStatusCode.OK);
        Assert.Equal([new(tea, 5, 1_000, 10), new(cup, 1, 500, 0)], Lines(cart));
    }

    [Fact]
    public async Task A_cart_adds_up_what_can_be_ordered_and_says_why_the_rest_can_not()
    {
        var (tea, cup) = (
            await CreateProductAsync(price: 3_000, stock: 10), await CreateProductAsync(price: 500, stock: 5));
        var (pot, jar) = (await CreateProductAsync(price: 700, stock: 5), await CreateProductAsync(price: 90));
        var customer = await SignUpAsync();
        foreach (var (product, quantity) in new[] { (tea, 2), (cup, 5), (pot, 1), (jar, 1) })
            await AddAsync(customer, product, quantity);
        (await Admin.PostAsync($"/admin/products/{cup}/stock-adjustments", new { delta = -1, reason = "broken" }))
            .Expect(HttpStatusCode.OK);
        foreach (var product in (long[])[pot, jar])
            (await Admin.PatchAsync($"/admin/products/{product}", new { status = "STOPPED" })).Expect(
                HttpStatusCode.OK);

        var cart = (await customer.GetAsync(CartOf(customer))).Expect(HttpStatusCode.OK);
        Assert.Equal(6_000, cart["itemsAmount"].GetInt64());
        Assert.Equal(
            [
                (tea, true, null),
                (cup, false, "OUT_OF_STOCK"),
                (pot, false, "NOT_FOR_SALE"),
                (jar, false, "NOT_FOR_SALE"),
            ],
            cart["items"].EnumerateArray().Select(item => (
                item.GetProperty("productId").GetInt64(),
                item.GetProperty("orderable").GetBoolean(),
                item.GetProperty("reason").GetString())));

        var refused = (await FromCartAsync(customer)).ExpectProblem(HttpStatusCode.Conflict, "catalog.not_for_sale");
        Assert.Equal([pot, jar], refused["productIds"].EnumerateArray().Select(id => id.GetInt64()).Order());
    }

    [Fact]
    public async Task A_cart_is_its_owners()
    {
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        (await other.GetAsync(CartOf(customer))).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.PostAsync($"{CartOf(customer)}/items", new { productId = 1, quantity = 1 })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await Admin.GetAsync("/users/999999/cart")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.PostAsync("/users/999999/cart/items", new { productId = 1, quantity = 1 })).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.DeleteAsync("/users/999999/cart")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
    }
}
