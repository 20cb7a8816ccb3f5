using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Coupons;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

/// <summary>A test with paid orders in it, some of which is refunded.</summary>
public abstract class RefundTest : CouponTest
{
    private protected static async Task<Guid> BuyAsync(Customer customer, object[] items, long? userCouponId = null) =>
        (await customer.PostAsync("/checkout", new { userId = customer.UserId, items, userCouponId }))
            .Expect(HttpStatusCode.Created)["order"].GetProperty("orderId").GetGuid();

    private protected static object[] Items(params (long ProductId, int Quantity)[] items) =>
        [.. items.Select(item => new { productId = item.ProductId, quantity = item.Quantity })];

    private protected Task<Answer> RefundAsync(
        Guid orderId, long productId, int quantity = 1, bool? restock = null, ShopClient? by = null) =>
        (by ?? Admin).PostAsync(
            $"/orders/{orderId}/refunds",
            new { items = Items((productId, quantity)), restock, reason = "came broken" });

    private protected async Task AssertConsistentAsync()
    {
        var audit = (await Admin.GetAsync("/admin/audit")).Expect(HttpStatusCode.OK);
        var broken = audit["checks"].EnumerateArray().Where(check => check.GetProperty("violations").GetInt64() > 0);
        Assert.Empty(broken.Select(check => check.GetRawText()));
    }
}
