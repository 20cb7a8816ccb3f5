using System.Net;
using Shop.Catalog.Contracts;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class FindProductsTests : ShopTest
{
    [Fact]
    public async Task Products_are_found_with_what_can_still_be_ordered_and_unknown_ids_are_left_out()
    {
        var customer = await SignUpAsync();
        var tea = await CreateProductAsync(price: 3_000, stock: 10, name: "Tea");
        var cup = await CreateProductAsync(price: 500, stock: 5, name: "Cup");
        await customer.PlaceAsync((tea, 4));
        (await Admin.PatchAsync($"/admin/products/{cup}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);

        var found = await SendAsync(new FindProducts([tea, cup, cup + 1]));

        Assert.Equal(
            [new ProductOnShelf(tea, "Tea", 3_000, true, 6), new ProductOnShelf(cup, "Cup", 500, false, 5)],
            found.OrderBy(product => product.ProductId));
    }
}
