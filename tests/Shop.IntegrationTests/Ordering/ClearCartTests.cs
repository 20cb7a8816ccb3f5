using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class ClearCartTests : CartTest
{
    [Fact]
    public async Task A_cart_is_emptied_as_often_as_its_owner_likes_and_no_other_cart_with_it()
    {
        var product = await CreateProductAsync();
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());
        foreach (var owner in (Customer[])[customer, other])
            (await AddAsync(owner, product, 1)).Expect(HttpStatusCode.OK);

        (await other.Client.DeleteAsync(CartOf(customer))).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await customer.Client.DeleteAsync(CartOf(customer))).Expect(HttpStatusCode.NoContent);
        (await customer.Client.DeleteAsync(CartOf(customer))).Expect(HttpStatusCode.NoContent);

        Assert.Empty(Lines(await customer.GetAsync(CartOf(customer))));
        Assert.Single(Lines(await other.GetAsync(CartOf(other))));
    }
}
