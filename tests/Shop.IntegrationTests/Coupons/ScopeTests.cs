using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class ScopeTests : CouponTest
{
    [Fact]
    public async Task A_discount_is_taken_of_the_items_in_scope_and_refunded_by_line()
    {
        var root = await CategoryAsync("Kitchen", null);
        var leaf = await CategoryAsync("Cups", await CategoryAsync("Table", root));
        var (cup, pot, pen) = (
            await CreateProductAsync(price: 3_000), await CreateProductAsync(price: 7_000),
            await CreateProductAsync(price: 10_000));
        (await Admin.PatchAsync($"/admin/products/{cup}", new { categoryIds = new[] { leaf } })).Expect(
            HttpStatusCode.OK);
        var coupon = await ScopedAsync(new { productIds = new[] { pot }, categoryIds = new[] { root } });
        var customer = await SignUpAsync(balance: 100_000);
        var held = await HoldAsync(coupon, customer.UserId);
        Assert.Equal(
            $$"""{"productIds":[{{pot}}],"categoryIds":[{{root}}]}""",
            (await ReadIssuedCouponAsync(customer.UserId, held))["scope"].GetRawText());

        foreach (var path in (string[])["/orders", "/checkout", "/orders/quote"])
            (await customer.PostAsync(path, Order((pen, 3)))).ExpectProblem(
                HttpStatusCode.Conflict, "coupons.not_applicable");
        var quote = (await customer.PostAsync("/orders/quote", Order((pen, 1), (cup, 1), (pot, 1)))).Expect(
            HttpStatusCode.OK);
        Assert.Equal(1_000, quote["discountAmount"].GetInt64());
        Assert.Equal(1_000, quote["coupons"][0].GetProperty("discount").GetInt64());

        var order = (await customer.PostAsync("/checkout", Order((pen, 1), (cup, 1), (pot, 1)))).Expect(
            HttpStatusCode.Created)["order"];
        Assert.Equal([0L, 300L, 700L], order.GetProperty("items").EnumerateArray()
            .Select(item => item.GetProperty("discountAmount").GetInt64()));
        var refunds = $"/orders/{order.GetProperty("orderId").GetGuid()}/refunds";
        foreach (var (product, amount) in new[] { (pen, 10_000), (pot, 6_300), (cup, 2_700) })
        {
            var body = new { items = new[] { new { productId = product, quantity = 1 } }, reason = "Broken" };
            var refund = (await Admin.PostAsync(refunds, body)).Expect(HttpStatusCode.Created);
            Assert.Equal(amount, refund["amount"].GetInt64());
        }

        object Order(params (long ProductId, int Quantity)[] items) => new
        {
            userId = customer.UserId,
            items = items.Select(item => new { productId = item.ProductId, quantity = item.Quantity }),
            userCouponId = held,
        };
    }

    [Fact]
    public async Task A_scope_names_what_there_is()
    {
        (await DefineAsync(new { productIds = new[] { 999_999 } })).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.product_not_found");
        (await DefineAsync(new { categoryIds = new[] { 999_999 } })).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.category_not_found");
        (await DefineAsync(new { productIds = Enumerable.Repeat(1, 101) })).ExpectInvalid("scope.productIds");
    }

    private async Task<long> CategoryAsync(string name, long? parentId) =>
        (await Admin.PostAsync("/admin/categories", new { name, parentId }))
            .Expect(HttpStatusCode.Created)["categoryId"]
            .GetInt64();

    private async Task<long> ScopedAsync(object scope) =>
        (await DefineAsync(scope)).Expect(HttpStatusCode.Created)["couponId"].GetInt64();

    private Task<Answer> DefineAsync(object scope) => Admin.PostAsync("/admin/coupons", new
    {
        name = "Scoped",
        discount = new { type = "PERCENT", value = 10 },
        minimumOrderAmount = 20_000,
        quantity = 5,
        issueFrom = At(-1),
        issueUntil = At(10),
        validUntil = At(20),
        scope,
    });
}
