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

    [Fact]
    public async Task Emptying_a_cart_and_ordering_from_it_meet_in_no_deadlock()
    {
        var products = new List<long>();
        for (var i = 0; i < 12; i++)
            products.Add(await CreateProductAsync(stock: 1_000));
        var customer = await SignUpAsync();
        for (var round = 0; round < 5; round++)
        {
            // The rows lie in the table against the order of their keys.
            foreach (var product in Enumerable.Reverse(products))
                (await AddAsync(customer, product, 1)).Expect(HttpStatusCode.OK);
            var answers = await Task.WhenAll(
                customer.Client.DeleteAsync(CartOf(customer)),
                FromCartAsync(customer),
                customer.Client.DeleteAsync(CartOf(customer)),
                FromCartAsync(customer));

            answers[0].Expect(HttpStatusCode.NoContent);
            answers[2].Expect(HttpStatusCode.NoContent);
            foreach (var ordered in (Answer[])[answers[1], answers[3]])
            {
                if (ordered.Status != HttpStatusCode.Created)
                    Assert.InRange((int)ordered.Status, 400, 499);
            }

            Assert.Empty(Lines(await customer.GetAsync(CartOf(customer))));
        }

        Assert.Equal(0, Shop.Lost.Count);
    }
}
