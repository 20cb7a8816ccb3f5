using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class RequestCouponTests : CouponTest
{
    [Fact]
    public async Task Who_asks_gets_a_place_in_the_line_and_can_look_it_up()
    {
        var coupon = await CreateCouponAsync();
        var customer = await SignUpAsync();

        var answer = (await customer.PostAsync($"/coupons/{coupon}/requests", new { userId = customer.UserId })).Expect(
            HttpStatusCode.Accepted);

        var id = answer["requestId"].GetGuid();
        Assert.Equal(7, id.Version);
        Assert.Equal($"/api/v1/coupon-requests/{id}", answer.Headers.Location?.ToString());
        Assert.Equal(
            (coupon, customer.UserId, "WAITING", 1),
            (
                answer["couponId"].GetInt64(),
                answer["userId"].GetInt64(),
                answer["status"].GetString(),
                answer["position"].GetInt64()));
        foreach (var member in (string[])["userCouponId", "reason", "settledAt"])
            Assert.Equal(JsonValueKind.Null, answer[member].ValueKind);
        Assert.Equal(answer.Text, (await customer.GetAsync($"/coupon-requests/{id}")).Expect(HttpStatusCode.OK).Text);
        Assert.Equal(0, await IssuedAsync(coupon));
    }

    [Fact]
    public async Task Places_go_up_one_by_one_in_each_coupons_own_line()
    {
        var coupon = await CreateCouponAsync();
        var other = await CreateCouponAsync();
        var people = await PeopleAsync(3);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(i + 1, (await RequestAsync(coupon, people[i]))["position"].GetInt64());
            Assert.Equal(i + 1, (await RequestAsync(other, people[i]))["position"].GetInt64());
        }
    }

    [Fact]
    public async Task The_first_refusal_in_the_order_of_the_contract_wins()
    {
        var toCome = await CreateCouponAsync(issueFrom: 5);
        var ended = await CreateCouponAsync();
        var soldOut = await CreateCouponAsync(quantity: 1);
        var waiting = await CreateCouponAsync();
        var people = await PeopleAsync(2);
        await HoldAsync(soldOut, people[0]);
        await EnterQueueAsync(ended, people[0]);
        await EnterQueueAsync(waiting, people[0]);
        (await Admin.PatchAsync($"/admin/coupons/{ended}", new { issueUntil = At(-1) })).Expect(HttpStatusCode.OK);

        (await RequestAsync(999_999, 888_888)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await RequestAsync(999_999, people[0])).ExpectProblem(HttpStatusCode.NotFound, "coupons.not_found");
        var stopped = await CreateCouponAsync(issueFrom: 5, issuance: "DIRECT");
        (await Admin.PatchAsync($"/admin/coupons/{stopped}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        (await RequestAsync(stopped, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.stopped");
        var direct = (await RequestAsync(await CreateCouponAsync(issueFrom: 5, issuance: "DIRECT"), people[0]))
            .ExpectProblem(HttpStatusCode.Conflict, "coupons.other_issuance");
        Assert.Equal("DIRECT", direct["issuance"].GetString());
        await EnterQueueAsync(await CreateCouponAsync(issuance: "LINE"), people[0]);
        (await RequestAsync(toCome, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_not_started");
        (await RequestAsync(ended, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_ended");
        (await RequestAsync(soldOut, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.already_issued");
        (await RequestAsync(waiting, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.already_requested");
        (await RequestAsync(soldOut, people[1])).ExpectProblem(HttpStatusCode.Conflict, "coupons.sold_out");
        Assert.Equal(3, await Shop.QueryAsync<long>("select count(*) from coupons.requests"));
    }

    [Fact]
    public async Task Already_requested_wins_over_sold_out()
    {
        var coupon = await CreateCouponAsync(quantity: 1);
        var people = await PeopleAsync(2);
        var place = await EnterQueueAsync(coupon, people[0]);
        await HoldAsync(coupon, people[1]);
        var refused = (await RequestAsync(coupon, people[0])).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.already_requested");
        Assert.Equal(place, refused["requestId"].GetGuid());
    }

    [Fact]
    public async Task The_door_is_open_while_one_is_left_however_many_wait()
    {
        var coupon = await CreateCouponAsync(quantity: 1);
        foreach (var user in await PeopleAsync(5))
            await EnterQueueAsync(coupon, user);
    }

    [Fact]
    public async Task The_same_user_fifty_times_at_once_stands_in_line_once()
    {
        var coupon = await CreateCouponAsync();
        var people = await PeopleAsync(1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RequestAsync(coupon, people[0])));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Accepted);
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Accepted),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "coupons.already_requested"));
        Assert.Equal(1, await CountRequestsAsync("WAITING"));
    }

    [Fact]
    public async Task Nobody_at_the_door_waits_for_a_coupon_that_is_locked()
    {
        var coupon = await CreateCouponAsync();
        var people = await PeopleAsync(1);
        await using var connection = new Npgsql.NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var processing = new Npgsql.NpgsqlCommand("""
            select from coupons.coupons for no key update; select from coupons.lines for no key update
            """, connection, transaction);
        await processing.ExecuteNonQueryAsync();

        var request = await EnterQueueAsync(coupon, people[0]);
        Assert.Equal("WAITING", (await ReadRequestAsync(request))["status"].GetString());
    }
}
