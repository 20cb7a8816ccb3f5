using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class GetOrderTests : ShopTest
{
    [Fact]
    public async Task An_order_is_read_by_its_owner_and_by_an_administrator()
    {
        var product = await CreateProductAsync();
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        var order = await customer.PlaceAsync((product, 1));

        (await customer.GetAsync($"/orders/{order}")).Expect(HttpStatusCode.OK);
        (await other.GetAsync($"/orders/{order}")).ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");
        (await Admin.GetAsync($"/orders/{order}")).Expect(HttpStatusCode.OK);
        (await customer.GetAsync($"/orders/{Guid.NewGuid()}")).ExpectProblem(
            HttpStatusCode.NotFound, "orders.not_found");
        (await customer.GetAsync("/orders/7")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }
}
