using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class RedeemCodeTests : CouponTest
{
    [Fact]
    public async Task A_code_gives_its_coupon_whatever_case_blanks_and_hyphens()
    {
        var coupon = await CreateCouponAsync(issuance: "CODE");
        await CodeAsync(coupon, "Autumn-2026", uses: 2);
        var people = await PeopleAsync(3);
        var customer = await SignUpAsync();

        var issued = (await customer.PostAsync(
            "/coupon-codes/redeem", new { userId = customer.UserId, code = " aut umn2-026 " })).Expect(
                HttpStatusCode.Created);
        Assert.Equal((coupon, "AVAILABLE"), (issued["couponId"].GetInt64(), issued["status"].GetString()));
        Assert.EndsWith(
            $"/users/{customer.UserId}/coupons/{issued["userCouponId"]}", issued.Headers.Location?.ToString(),
            StringComparison.Ordinal);

        (await RedeemAsync("AUTUMN2026", customer.UserId)).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.already_issued");
        (await RedeemAsync("AUTUMN2026", people[0])).Expect(HttpStatusCode.Created);
        (await RedeemAsync("AUTUMN2026", people[1])).ExpectProblem(HttpStatusCode.Conflict, "coupons.code_used");
        (await RedeemAsync("AUTUMN2026", 888_888)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await RedeemAsync("", people[0])).ExpectInvalid("code");
        (await customer.PostAsync("/coupon-codes/redeem", new { userId = people[0], code = "X" })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");

        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        (await RedeemAsync("AUTUMN2026", people[2])).ExpectProblem(HttpStatusCode.Conflict, "coupons.stopped");
        Assert.Equal(2, await IssuedAsync(coupon));
        var listed = (await Admin.GetAsync($"/admin/coupons/{coupon}/codes"))["items"][0];
        Assert.Equal("""{"code":"Autumn-2026","uses":2,"used":2,"batchId":null}""", listed.GetRawText());
    }

    [Fact]
    public async Task After_ten_misses_in_ten_minutes_a_user_waits_also_when_they_come_at_once_on_two_hosts()
    {
        var coupon = await CreateCouponAsync();
        await CodeAsync(coupon, "RIGHT", uses: 5);
        var people = await PeopleAsync(2);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => (i % 2 == 0 ? Admin : there).PostAsync(
            "/coupon-codes/redeem", new { userId = people[0], code = $"WRONG{i}" })));
        Assert.Equal(10, answers.Count(answer => answer.Status == HttpStatusCode.NotFound));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.NotFound),
            answer => answer.ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited"));
        var refused = (await RedeemAsync("RIGHT", people[0])).ExpectProblem(
            HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 600);
        (await RedeemAsync("RIGHT", people[1])).Expect(HttpStatusCode.Created);

        Shop.Clock.Advance(TimeSpan.FromMinutes(10));
        (await RedeemAsync("RIGHT", people[0])).Expect(HttpStatusCode.Created);
        (await RedeemAsync("WRONG", people[0])).ExpectProblem(HttpStatusCode.NotFound, "coupons.code_not_found");
    }

    [Fact]
    public async Task Of_a_hundred_users_at_once_one_gets_a_code_for_one()
    {
        var coupon = await CreateCouponAsync(quantity: 50);
        await CodeAsync(coupon, "ONLY-ONE", uses: 1);
        var people = await PeopleAsync(100);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));

        var answers = await Task.WhenAll(people.Select((user, i) => (i % 2 == 0 ? Admin : there).PostAsync(
            "/coupon-codes/redeem", new { userId = user, code = "only one" })));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "coupons.code_used"));
        Assert.Equal(1, await IssuedAsync(coupon));
    }

    [Fact]
    public async Task The_last_one_goes_to_one_by_line_code_or_grant()
    {
        for (var round = 0; round < 5; round++)
        {
            var coupon = await CreateCouponAsync(quantity: 1);
            await CodeAsync(coupon, $"LAST-{round}", uses: 10);
            var people = await PeopleAsync(3);
            await EnterQueueAsync(coupon, people[0]);

            var redeeming = RedeemAsync($"LAST-{round}", people[1]);
            var granting = Admin.PostAsync($"/admin/coupons/{coupon}/grants", new { userIds = new[] { people[2] } });
            await Task.WhenAll(redeeming, granting, TickAsync());
            await TickAsync();
            if ((await redeeming).Status != HttpStatusCode.Created)
                (await redeeming).ExpectProblem(HttpStatusCode.Conflict, "coupons.sold_out");
            (await granting).Expect(HttpStatusCode.OK);
            Assert.Equal(1, await IssuedAsync(coupon));
        }

        Assert.Equal(0, await CountRequestsAsync("WAITING"));
    }

    private async Task CodeAsync(long coupon, string code, int uses) =>
        (await Admin.PostAsync($"/admin/coupons/{coupon}/codes", new { code, uses })).Expect(HttpStatusCode.Created);

    private Task<Answer> RedeemAsync(string code, long userId) =>
        Admin.PostAsync("/coupon-codes/redeem", new { userId, code });
}
