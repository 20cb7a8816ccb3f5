using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class ListCouponsTests : CouponTest
{
    [Fact]
    public async Task Coupons_on_offer_are_those_whose_issue_window_is_open_sold_out_ones_too()
    {
        var open = await CreateCouponAsync();
        var soldOut = await CreateCouponAsync(quantity: 1);
        var past = await CreateCouponAsync(issueFrom: -20, issueUntil: -10);
        var toCome = await CreateCouponAsync(issueFrom: 5);
        var granted = await CreateCouponAsync(issuance: "GRANT");
        var byCode = await CreateCouponAsync(issuance: "CODE");
        var people = await PeopleAsync(1);
        await HoldAsync(soldOut, people[0]);

        var listed = (await Anonymous.GetAsync("/coupons")).Expect(HttpStatusCode.OK);
        Assert.Equal([soldOut, open], Ids(listed));
        Assert.Equal(0, listed["items"][0].GetProperty("remaining").GetInt32());
        Assert.Equal(JsonValueKind.Null, listed["nextCursor"].ValueKind);
        Assert.Equal(
            [byCode, granted, toCome, past, soldOut, open],
            Ids((await Admin.GetAsync("/admin/coupons")).Expect(HttpStatusCode.OK)));

        Shop.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal([toCome, soldOut, open], Ids(await Anonymous.GetAsync("/coupons")));
    }

    [Fact]
    public async Task Lists_come_in_pages_and_a_cursor_is_for_its_own_list()
    {
        var coupons = new List<long>();
        for (var i = 0; i < 5; i++)
            coupons.Add(await CreateCouponAsync());

        foreach (var (client, path) in new[] { (Admin, "/admin/coupons"), (Anonymous, "/coupons") })
        {
            var first = (await client.GetAsync($"{path}?limit=3")).Expect(HttpStatusCode.OK);
            var second = (await client.GetAsync($"{path}?limit=3&cursor={first["nextCursor"].GetString()}")).Expect(
                HttpStatusCode.OK);
            Assert.Equal(Enumerable.Reverse(coupons), Ids(first).Concat(Ids(second)));
            Assert.Equal(JsonValueKind.Null, second["nextCursor"].ValueKind);
            (await client.GetAsync($"{path}?limit=0")).ExpectInvalid("limit");
            (await client.GetAsync($"{path}?cursor=abc")).ExpectInvalid("cursor");
        }

        var listed = (await Anonymous.GetAsync("/coupons?limit=1"))["nextCursor"].GetString();
        (await Admin.GetAsync($"/admin/coupons?cursor={listed}")).ExpectInvalid("cursor");
    }

    private static IEnumerable<long> Ids(Answer page) =>
        page["items"].EnumerateArray().Select(coupon => coupon.GetProperty("couponId").GetInt64());
}
