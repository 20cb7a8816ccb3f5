using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class RevokeCouponTests : CouponTest
{
    [Fact]
    public async Task A_revoked_coupon_stays_with_its_user_and_is_refused()
    {
        var coupon = await CreateCouponAsync(quantity: 2);
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync(balance: 5_000);
        var held = await HoldAsync(coupon, customer.UserId);

        var revoked = (await RevokeAsync(held)).Expect(HttpStatusCode.OK);
        Assert.Equal((held, "REVOKED"), (revoked["userCouponId"].GetInt64(), revoked["status"].GetString()));
        Assert.Equal(revoked.Text, (await ReadIssuedCouponAsync(customer.UserId, held)).Text);
        Assert.Equal(revoked.Text, (await RevokeAsync(held)).Expect(HttpStatusCode.OK).Text);
        var list = $"/users/{customer.UserId}/coupons?status=";
        Assert.Equal([held], UserCouponIds(await customer.GetAsync($"{list}REVOKED")));
        Assert.Empty(UserCouponIds(await customer.GetAsync($"{list}AVAILABLE")));

        // It wins over a stop and an end; the user gets no other.
        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        (await OrderWithAsync(customer, product, held)).ExpectProblem(HttpStatusCode.Conflict, "coupons.revoked");
        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { status = "ACTIVE" })).Expect(HttpStatusCode.OK);
        (await IssueAsync(coupon, customer.UserId)).ExpectProblem(HttpStatusCode.Conflict, "coupons.already_issued");
        Assert.Equal(1, await IssuedAsync(coupon));
        var quote = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } } };
        Assert.Empty((await customer.PostAsync("/orders/quote", quote))["coupons"].EnumerateArray());
        Assert.True((await Admin.GetAsync("/admin/audit"))["consistent"].GetBoolean());

        (await RevokeAsync(999_999)).ExpectProblem(HttpStatusCode.NotFound, "coupons.user_coupon_not_found");
        var path = $"/admin/user-coupons/{held}/revocation";
        (await Admin.PostAsync(path, new { reason = "" })).ExpectInvalid("reason");
        (await Admin.PostAsync(path, new { reason = new string('a', 501) })).ExpectInvalid("reason");
        (await customer.PostAsync(path, new { reason = "mine" })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task A_coupon_that_an_order_has_is_not_revoked()
    {
        var product = await CreateProductAsync(price: 5_000);
        var customer = await SignUpAsync(balance: 5_000);
        var held = await HoldAsync(await CreateCouponAsync(), customer.UserId);
        var order = (await OrderWithAsync(customer, product, held)).Expect(HttpStatusCode.Created)["orderId"].GetGuid();
        (await RevokeAsync(held)).ExpectProblem(HttpStatusCode.Conflict, "coupons.in_use");
        (await customer.PostAsync("/payments", new { orderId = order })).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        (await RevokeAsync(held)).ExpectProblem(HttpStatusCode.Conflict, "coupons.already_used");
    }

    [Fact]
    public async Task Of_an_order_and_a_revocation_at_once_one_wins()
    {
        var product = await CreateProductAsync(price: 5_000);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));
        var customer = await SignUpAsync(balance: 100_000);
        for (var round = 0; round < 8; round++)
        {
            var held = await HoldAsync(await CreateCouponAsync(), customer.UserId);
            var ordering = OrderWithAsync(customer, product, held);
            var revoking = there.PostAsync($"/admin/user-coupons/{held}/revocation", new { reason = "race" });
            var (ordered, revoked) = (await ordering, await revoking);
            if (revoked.Status == HttpStatusCode.OK)
                ordered.ExpectProblem(HttpStatusCode.Conflict, "coupons.revoked");
            else
                revoked.ExpectProblem(HttpStatusCode.Conflict, "coupons.in_use");
            if (ordered.Status == HttpStatusCode.Created)
                (await customer.PostAsync($"/orders/{ordered["orderId"].GetGuid()}/cancel")).Expect(HttpStatusCode.OK);
        }
    }

    private Task<Answer> RevokeAsync(long userCouponId) =>
        Admin.PostAsync($"/admin/user-coupons/{userCouponId}/revocation", new { reason = "issued by mistake" });
}
