using System.Net;
using Shop.IntegrationTests.Testing;

namespace Shop.IntegrationTests.Ordering;

public abstract class CartTest : ShopTest
{
    private protected static string CartOf(Customer customer) => $"/users/{customer.UserId}/cart";

    private protected static Task<Answer> AddAsync(Customer customer, long productId, int quantity) =>
        customer.PostAsync($"{CartOf(customer)}/items", new { productId, quantity });

    private protected static Task<Answer> SetAsync(Customer customer, long productId, int quantity) =>
        customer.Client.PutAsync($"{CartOf(customer)}/items/{productId}", new { quantity });

    private protected static Task<Answer> FromCartAsync(Customer customer) =>
        customer.PostAsync("/orders", new { userId = customer.UserId, fromCart = true });

    private protected static List<CartLine> Lines(Answer cart) =>
    [
        .. cart.Expect(HttpStatusCode.OK)["items"].EnumerateArray().Select(item => new CartLine(
            item.GetProperty("productId").GetInt64(),
            item.GetProperty("quantity").GetInt32(),
            item.GetProperty("price").GetInt64(),
            item.GetProperty("available").GetInt64())),
    ];

    private protected sealed record CartLine(long ProductId, int Quantity, long Price, long Available);
}
