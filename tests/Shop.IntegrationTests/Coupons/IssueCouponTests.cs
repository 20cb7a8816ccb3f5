using System.Net;
using System.Text.Json;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class IssueCouponTests : CouponTest
{
    [Fact]
    public async Task A_coupon_is_issued_at_once_and_stands_at_its_location()
    {
        var coupon = await CreateCouponAsync(
            quantity: 2, type: "PERCENT", value: 10, maxDiscount: 500, minimumOrderAmount: 2_000);
        var customer = await SignUpAsync();

        var issued = (await customer.PostAsync($"/coupons/{coupon}/issue", new { userId = customer.UserId })).Expect(
            HttpStatusCode.Created);

        Assert.Equal(
            $"/api/v1/users/{customer.UserId}/coupons/{issued["userCouponId"].GetInt64()}",
            issued.Headers.Location?.ToString());
        Assert.Equal(
            (coupon, "Welcome", "AVAILABLE"),
            (issued["couponId"].GetInt64(), issued["name"].GetString(), issued["status"].GetString()));
        Assert.Equal("""{"type":"PERCENT","value":10,"maxDiscount":500}""", issued["discount"].GetRawText());
        Assert.Equal(2_000, issued["minimumOrderAmount"].GetInt64());
        Assert.Equal(JsonValueKind.Null, issued["usedAt"].ValueKind);
        Assert.Equal(JsonValueKind.Null, issued["orderId"].ValueKind);
        Assert.Equal(
            issued.Text,
            (await customer.GetAsync(issued.Headers.Location!.ToString()["/api/v1".Length..])).Expect(
                HttpStatusCode.OK).Text);
        Assert.Equal(new CouponCount(Issued: 1, Remaining: 1), await CountAsync(coupon));
    }

    [Fact]
    public async Task The_first_refusal_in_the_order_of_the_contract_wins()
    {
        var toCome = await CreateCouponAsync(issueFrom: 5);
        var ended = await CreateCouponAsync(quantity: 1);
        var soldOut = await CreateCouponAsync(quantity: 1);
        var people = await PeopleAsync(2);
        await HoldAsync(soldOut, people[0]);
        await HoldAsync(ended, people[0]);
        (await Admin.PatchAsync($"/admin/coupons/{ended}", new { issueUntil = At(-1) })).Expect(HttpStatusCode.OK);

        (await IssueAsync(999_999, 888_888)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await IssueAsync(soldOut, 888_888)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await IssueAsync(999_999, people[0])).ExpectProblem(HttpStatusCode.NotFound, "coupons.not_found");
        var stopped = await CreateCouponAsync(issueFrom: 5, issuance: "GRANT");
        (await Admin.PatchAsync($"/admin/coupons/{stopped}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        (await IssueAsync(stopped, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.stopped");
        var granted = (await IssueAsync(await CreateCouponAsync(issueFrom: 5, issuance: "GRANT"), people[0]))
            .ExpectProblem(HttpStatusCode.Conflict, "coupons.other_issuance");
        Assert.Equal("GRANT", granted["issuance"].GetString());
        (await IssueAsync(await CreateCouponAsync(issuance: "DIRECT"), people[0])).Expect(HttpStatusCode.Created);
        (await IssueAsync(await CreateCouponAsync(issuance: "LINE"), people[0])).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.other_issuance");
        (await IssueAsync(toCome, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_not_started");
        (await IssueAsync(ended, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_ended");
        (await IssueAsync(soldOut, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.already_issued");
        (await IssueAsync(soldOut, people[1])).ExpectProblem(HttpStatusCode.Conflict, "coupons.sold_out");
    }

    [Fact]
    public async Task A_user_that_does_not_exist_gets_nothing()
    {
        var coupon = await CreateCouponAsync();
        (await IssueAsync(coupon, 888_888)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await RequestAsync(coupon, 888_888)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        Assert.Equal(0, await IssuedAsync(coupon));
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from coupons.requests"));
    }

    [Fact]
    public async Task A_customer_takes_coupons_for_itself_alone()
    {
        var coupon = await CreateCouponAsync();
        var customer = await SignUpAsync();
        var other = await PeopleAsync(1);
        foreach (var path in (string[])[$"/coupons/{coupon}/issue", $"/coupons/{coupon}/requests"])
        {
            (await customer.PostAsync(path, new { userId = other[0] })).ExpectProblem(
                HttpStatusCode.Forbidden, "auth.forbidden");
            (await Anonymous.PostAsync(path, new { userId = other[0] })).ExpectProblem(
                HttpStatusCode.Unauthorized, "auth.unauthenticated");
            (await customer.PostAsync(path, new { })).ExpectInvalid("userId");
            (await customer.PostAsync(path, new { userId = "me" })).ExpectInvalid("userId");
        }

        (await customer.PostAsync("/coupons/first/issue", new { userId = customer.UserId })).ExpectProblem(
            HttpStatusCode.NotFound, "not_found");
        Assert.Equal(0, await IssuedAsync(coupon));
    }

    [Fact]
    public async Task Exactly_as_many_as_there_are_go_to_as_many_users_at_once()
    {
        const int Limit = 20;
        foreach (var takers in (int[])[Limit - 1, Limit, Limit + 1, 10 * Limit])
        {
            var coupon = await CreateCouponAsync(Limit);
            var people = await PeopleAsync(takers);

            var answers = await Task.WhenAll(people.Select(user => IssueAsync(coupon, user)));

            Assert.Equal(Math.Min(Limit, takers), answers.Count(answer => answer.Status == HttpStatusCode.Created));
            Assert.All(
                answers.Where(answer => answer.Status != HttpStatusCode.Created),
                answer => answer.ExpectProblem(HttpStatusCode.Conflict, "coupons.sold_out"));
            Assert.Equal(Math.Min(Limit, takers), await IssuedAsync(coupon));
        }
    }

    [Fact]
    public async Task The_same_user_fifty_times_at_once_gets_one()
    {
        var coupon = await CreateCouponAsync(quantity: 100);
        var people = await PeopleAsync(1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => IssueAsync(coupon, people[0])));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "coupons.already_issued"));
        Assert.Equal(1, await IssuedAsync(coupon));
    }

    [Fact]
    public async Task Users_that_come_twice_take_nothing_from_the_others()
    {
        var coupon = await CreateCouponAsync(quantity: 20);
        var people = await PeopleAsync(20);

        var answers = await Task.WhenAll(people.Concat(people).Concat(people).Select(user => IssueAsync(coupon, user)));

        Assert.Equal(20, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "coupons.already_issued"));
        Assert.Equal(20, await IssuedAsync(coupon));
    }

    [Fact]
    public async Task The_database_has_the_last_word()
    {
        var coupon = await CreateCouponAsync(quantity: 1);
        var people = await PeopleAsync(1);
        await HoldAsync(coupon, people[0]);

        var oneTooMany = await Assert.ThrowsAsync<PostgresException>(
            () => Shop.ExecuteAsync("update coupons.coupons set issued = issued + 1"));
        Assert.Equal(PostgresErrorCodes.CheckViolation, oneTooMany.SqlState);
        var twice = await Assert.ThrowsAsync<PostgresException>(() => Shop.ExecuteAsync("""
            insert into coupons.user_coupons (coupon_id, user_id, status, issued_at) select coupon_id, user_id, status,
                issued_at from coupons.user_coupons
            """));
        Assert.Equal((PostgresErrorCodes.UniqueViolation, "one_for_each_user"), (twice.SqlState, twice.ConstraintName));
    }

    [Fact]
    public async Task Two_hundred_users_at_once_are_served_over_a_pool_of_ten_connections()
    {
        var coupon = await CreateCouponAsync(quantity: 100);
        await using var small = await ShopHost.StartAsync($"{Shop.ConnectionString};Maximum Pool Size=10");
        var there = small.Client(await SignInAsync("admin@shop.local", "admin-password"));
        var people = await PeopleAsync(400);

        var answers = await Task.WhenAll(people.Select((user, i) =>
            there.PostAsync($"/coupons/{coupon}/{(i % 2 == 0 ? "issue" : "requests")}", new { userId = user })));

        Assert.All(answers, answer => Assert.True((int)answer.Status < 500, answer.Text));
        Assert.Equal(100, await IssuedAsync(coupon));
    }
}
