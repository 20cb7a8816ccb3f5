using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class ListIssuedCouponsTests : CouponTest
{
    [Fact]
    public async Task Held_coupons_are_listed_newest_first_by_page_and_by_status()
    {
        var customer = await SignUpAsync();
        var product = await CreateProductAsync();
        var issued = new List<long>();
        for (var i = 0; i < 5; i++)
            issued.Add(
                await HoldAsync(await CreateCouponAsync(issueUntil: 1, validUntil: i < 2 ? 5 : 30), customer.UserId));
        (await OrderWithAsync(customer, product, issued[1])).Expect(HttpStatusCode.Created);
        (await OrderWithAsync(customer, product, issued[2])).Expect(HttpStatusCode.Created);

        var list = $"/users/{customer.UserId}/coupons";
        var first = (await customer.GetAsync($"{list}?limit=3")).Expect(HttpStatusCode.OK);
        var second = (await customer.GetAsync($"{list}?limit=3&cursor={first["nextCursor"].GetString()}")).Expect(
            HttpStatusCode.OK);
        Assert.Equal(Enumerable.Reverse(issued), UserCouponIds(first).Concat(UserCouponIds(second)));
        Assert.Equal(JsonValueKind.Null, second["nextCursor"].ValueKind);
        Assert.Equal((await ReadIssuedCouponAsync(customer.UserId, issued[4])).Text, first["items"][0].GetRawText());

        Assert.Equal(
            [issued[4], issued[3], issued[0]], UserCouponIds(await customer.GetAsync($"{list}?status=AVAILABLE")));
        Assert.Empty(UserCouponIds(await customer.GetAsync($"{list}?status=EXPIRED")));
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal([issued[4], issued[3]], UserCouponIds(await customer.GetAsync($"{list}?status=AVAILABLE")));
        Assert.Equal([issued[0]], UserCouponIds(await customer.GetAsync($"{list}?status=EXPIRED")));
        Assert.Equal([issued[2], issued[1]], UserCouponIds(await customer.GetAsync($"{list}?status=RESERVED")));
        Assert.Empty(UserCouponIds(await customer.GetAsync($"{list}?status=USED")));

        (await customer.GetAsync($"{list}?status=expired")).ExpectInvalid("status");
        (await customer.GetAsync($"{list}?status=1")).ExpectInvalid("status");
        (await customer.GetAsync($"{list}?limit=101")).ExpectInvalid("limit");
        (await customer.GetAsync(
            $"{list}?status=USED&cursor={first["nextCursor"].GetString()}")).ExpectInvalid("cursor");
        (await Admin.GetAsync($"/users/1/coupons?cursor={first["nextCursor"].GetString()}")).ExpectInvalid("cursor");
    }
}
