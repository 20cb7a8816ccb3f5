using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class ListRefundsTests : RefundTest
{
    [Fact]
    public async Task An_orders_refunds_are_listed_page_by_page_for_its_customer_and_for_orders_read()
    {
        var tea = await CreateProductAsync(price: 1_000);
        var (customer, other) = (await SignUpAsync(balance: 10_000), await SignUpAsync());
        var order = await BuyAsync(customer, Items((tea, 5)));
        Assert.Equal(
            """{"items":[],"nextCursor":null}""",
            (await customer.GetAsync($"/orders/{order}/refunds")).Expect(HttpStatusCode.OK).Text);
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
            made.Insert(0, (await RefundAsync(order, tea)).Expect(HttpStatusCode.Created).Text);

        var first = (await customer.GetAsync($"/orders/{order}/refunds?limit=2")).Expect(HttpStatusCode.OK);
        var cursor = first["nextCursor"].GetString();
        var second = (await customer.GetAsync($"/orders/{order}/refunds?limit=2&cursor={cursor}"))
            .Expect(HttpStatusCode.OK);
        Assert.Equal(made, first["items"].EnumerateArray().Concat(second["items"].EnumerateArray())
            .Select(refund => refund.GetRawText()));

        (await other.GetAsync($"/orders/{order}/refunds")).ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");
        (await Admin.GetAsync($"/orders/{Guid.NewGuid()}/refunds"))
            .ExpectProblem(HttpStatusCode.NotFound, "orders.not_found");
        (await (await SignUpStaffAsync("CATALOG_MANAGER")).GetAsync($"/orders/{order}/refunds"))
            .Expect(HttpStatusCode.OK);
    }
}
