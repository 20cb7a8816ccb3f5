using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class GetIssuedCouponTests : CouponTest
{
    [Fact]
    public async Task A_coupon_expires_by_the_clock_unless_an_order_holds_it()
    {
        var customer = await SignUpAsync();
        var product = await CreateProductAsync();
        var idle = await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: 5), customer.UserId);
        var reserved = await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: 5), customer.UserId);
        var order = (await OrderWithAsync(customer, product, reserved))
            .Expect(HttpStatusCode.Created)["orderId"]
            .GetGuid();

        Shop.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("EXPIRED", (await ReadIssuedCouponAsync(customer.UserId, idle))["status"].GetString());
        var issued = await ReadIssuedCouponAsync(customer.UserId, reserved);
        Assert.Equal(("RESERVED", order), (issued["status"].GetString(), issued["orderId"].GetGuid()));
    }

    [Fact]
    public async Task What_a_user_does_not_hold_is_not_found()
    {
        var coupon = await CreateCouponAsync();
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        var issued = await HoldAsync(coupon, customer.UserId);

        (await customer.GetAsync($"/users/{customer.UserId}/coupons/{issued + 1}")).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.user_coupon_not_found");
        (await other.GetAsync($"/users/{other.UserId}/coupons/{issued}")).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.user_coupon_not_found");
        (await other.GetAsync($"/users/{customer.UserId}/coupons/{issued}")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.GetAsync($"/users/{customer.UserId}/coupons")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync($"/users/{customer.UserId}/coupons")).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await customer.GetAsync($"/users/{customer.UserId}/coupons/first")).ExpectProblem(
            HttpStatusCode.NotFound, "not_found");

        Assert.Empty(UserCouponIds((await other.GetAsync($"/users/{other.UserId}/coupons")).Expect(HttpStatusCode.OK)));
        (await Admin.GetAsync("/users/888888/coupons")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.GetAsync($"/users/888888/coupons/{issued}")).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
    }
}
