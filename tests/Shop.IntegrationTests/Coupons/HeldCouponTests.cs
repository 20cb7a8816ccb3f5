using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class HeldCouponTests : CouponTest
{
    [Fact]
    public async Task Held_coupons_are_listed_newest_first_by_page_and_by_status()
    {
        var customer = await SignUpAsync();
        var product = await CreateProductAsync();
        var held = new List<long>();
        for (var i = 0; i < 5; i++)
            held.Add(await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: i < 2 ? 5 : 30), customer.UserId));
        (await OrderWithAsync(customer, product, held[1])).Expect(HttpStatusCode.Created);
        (await OrderWithAsync(customer, product, held[2])).Expect(HttpStatusCode.Created);

        var list = $"/users/{customer.UserId}/coupons";
        var first = (await customer.GetAsync($"{list}?limit=3")).Expect(HttpStatusCode.OK);
        var second = (await customer.GetAsync($"{list}?limit=3&cursor={first["nextCursor"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(Enumerable.Reverse(held), Ids(first).Concat(Ids(second)));
        Assert.Equal(JsonValueKind.Null, second["nextCursor"].ValueKind);
        Assert.Equal((await ReadHeldAsync(customer.UserId, held[4])).Text, first["items"][0].GetRawText());

        Assert.Equal([held[4], held[3], held[0]], Ids(await customer.GetAsync($"{list}?status=AVAILABLE")));
        Assert.Empty(Ids(await customer.GetAsync($"{list}?status=EXPIRED")));
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal([held[4], held[3]], Ids(await customer.GetAsync($"{list}?status=AVAILABLE")));
        Assert.Equal([held[0]], Ids(await customer.GetAsync($"{list}?status=EXPIRED")));
        Assert.Equal([held[2], held[1]], Ids(await customer.GetAsync($"{list}?status=RESERVED")));
        Assert.Empty(Ids(await customer.GetAsync($"{list}?status=USED")));

        (await customer.GetAsync($"{list}?status=expired")).ExpectInvalid("status");
        (await customer.GetAsync($"{list}?status=1")).ExpectInvalid("status");
        (await customer.GetAsync($"{list}?limit=101")).ExpectInvalid("limit");
        (await customer.GetAsync($"{list}?status=USED&cursor={first["nextCursor"].GetString()}")).ExpectInvalid("cursor");
        (await Admin.GetAsync($"/users/1/coupons?cursor={first["nextCursor"].GetString()}")).ExpectInvalid("cursor");
    }

    [Fact]
    public async Task A_coupon_expires_by_the_clock_unless_an_order_holds_it()
    {
        var customer = await SignUpAsync();
        var product = await CreateProductAsync();
        var idle = await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: 5), customer.UserId);
        var reserved = await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: 5), customer.UserId);
        var order = (await OrderWithAsync(customer, product, reserved)).Expect(HttpStatusCode.Created)["orderId"].GetGuid();

        Shop.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("EXPIRED", (await ReadHeldAsync(customer.UserId, idle))["status"].GetString());
        var held = await ReadHeldAsync(customer.UserId, reserved);
        Assert.Equal(("RESERVED", order), (held["status"].GetString(), held["orderId"].GetGuid()));
    }

    [Fact]
    public async Task What_a_user_does_not_hold_is_not_found()
    {
        var coupon = await CreateCouponAsync();
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        var held = await HoldAsync(coupon, customer.UserId);

        (await customer.GetAsync($"/users/{customer.UserId}/coupons/{held + 1}")).ExpectProblem(HttpStatusCode.NotFound, "coupons.user_coupon_not_found");
        (await other.GetAsync($"/users/{other.UserId}/coupons/{held}")).ExpectProblem(HttpStatusCode.NotFound, "coupons.user_coupon_not_found");
        (await other.GetAsync($"/users/{customer.UserId}/coupons/{held}")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.GetAsync($"/users/{customer.UserId}/coupons")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync($"/users/{customer.UserId}/coupons")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await customer.GetAsync($"/users/{customer.UserId}/coupons/first")).ExpectProblem(HttpStatusCode.NotFound, "not_found");

        Assert.Empty(Ids((await other.GetAsync($"/users/{other.UserId}/coupons")).Expect(HttpStatusCode.OK)));
        (await Admin.GetAsync("/users/888888/coupons")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.GetAsync($"/users/888888/coupons/{held}")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    private static Task<Answer> OrderWithAsync(Customer customer, long product, long userCouponId) =>
        customer.PostAsync("/orders", new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 1 } }, userCouponId });

    private static IEnumerable<long> Ids(Answer page) => page.Expect(HttpStatusCode.OK)["items"].EnumerateArray()
        .Select(held => held.GetProperty("userCouponId").GetInt64());
}
