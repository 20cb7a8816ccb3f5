using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class GrantCouponsTests : CouponTest
{
    [Fact]
    public async Task Named_users_get_it_in_order_whatever_window_and_way_and_the_others_are_skipped_with_their_reason()
    {
        var coupon = await CreateCouponAsync(quantity: 3, issueFrom: 5, issuance: "CODE");
        var people = await PeopleAsync(4);
        long[] users = [people[0], 888_888, people[0], people[1], people[2], people[3]];

        var granted = (await GrantAsync(coupon, users)).Expect(HttpStatusCode.OK);
        Assert.Equal(3, granted["granted"].GetInt32());
        Assert.Equal(
            [
                (888_888, "wallet.user_not_found"), (people[0], "coupons.already_issued"),
                (people[3], "coupons.sold_out"),
            ],
            Skipped(granted));
        Assert.Equal(3, await IssuedAsync(coupon));
        var held = (await Admin.GetAsync($"/users/{people[1]}/coupons"))["items"][0];
        Assert.Equal(("AVAILABLE", coupon), (
            held.GetProperty("status").GetString(), held.GetProperty("couponId").GetInt64()));

        var again = (await GrantAsync(coupon, people)).Expect(HttpStatusCode.OK);
        Assert.Equal((0, 4), (again["granted"].GetInt32(), Skipped(again).Count()));
        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { quantity = 4 })).Expect(HttpStatusCode.OK);
        Assert.Equal(1, (await GrantAsync(coupon, people))["granted"].GetInt32());

        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        (await GrantAsync(coupon, people)).ExpectProblem(HttpStatusCode.Conflict, "coupons.stopped");
        (await GrantAsync(999_999, people)).ExpectProblem(HttpStatusCode.NotFound, "coupons.not_found");
        (await GrantAsync(coupon, [])).ExpectInvalid("userIds");
        (await GrantAsync(coupon, [.. Enumerable.Repeat(people[0], 1_001)])).ExpectInvalid("userIds");
        (await Admin.SendRawAsync(HttpMethod.Post, $"/admin/coupons/{coupon}/grants", """{"userIds": [null]}"""))
            .Expect(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_thousand_at_once_and_takers_beside_them_never_get_one_too_many()
    {
        var coupon = await CreateCouponAsync(quantity: 1_000);
        var people = await PeopleAsync(1_020);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));

        var granting = GrantAsync(coupon, people[..1_000]);
        var taking = Task.WhenAll(people[990..].Select(user =>
            there.PostAsync($"/coupons/{coupon}/issue", new { userId = user })));
        var granted = (await granting).Expect(HttpStatusCode.OK)["granted"].GetInt32();
        var taken = (await taking).Count(answer => answer.Status == HttpStatusCode.Created);
        Assert.All(await taking, answer => Assert.True((int)answer.Status < 500, answer.Text));
        Assert.Equal(1_000, granted + taken);
        Assert.Equal(1_000, await IssuedAsync(coupon));
    }

    private Task<Answer> GrantAsync(long coupon, long[] userIds) =>
        Admin.PostAsync($"/admin/coupons/{coupon}/grants", new { userIds });

    private static IEnumerable<(long UserId, string? Reason)> Skipped(Answer answer) => answer["skipped"]
        .EnumerateArray()
        .Select(skipped => (skipped.GetProperty("userId").GetInt64(), skipped.GetProperty("reason").GetString()));
}
