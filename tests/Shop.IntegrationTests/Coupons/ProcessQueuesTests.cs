using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class ProcessQueuesTests : CouponTest
{
    [Fact]
    public async Task A_processed_request_is_completed_with_a_coupon_that_its_user_holds()
    {
        var coupon = await CreateCouponAsync();
        var customer = await SignUpAsync();
        var request = await EnterQueueAsync(coupon, customer.UserId);

        Assert.Equal(1, await TickAsync());

        var processed = (await customer.GetAsync($"/coupon-requests/{request}")).Expect(HttpStatusCode.OK);
        Assert.Equal("COMPLETED", processed["status"].GetString());
        Assert.Equal(JsonValueKind.Null, processed["position"].ValueKind);
        Assert.Equal(JsonValueKind.Null, processed["reason"].ValueKind);
        Assert.True(processed["settledAt"].GetDateTimeOffset() > processed["requestedAt"].GetDateTimeOffset());
        var held = (await customer.GetAsync(
            $"/users/{customer.UserId}/coupons/{processed["userCouponId"].GetInt64()}")).Expect(HttpStatusCode.OK);
        Assert.Equal((coupon, "AVAILABLE"), (held["couponId"].GetInt64(), held["status"].GetString()));
        Assert.Equal(processed["settledAt"].GetString(), held["issuedAt"].GetString());
        Assert.Equal(1, await IssuedAsync(coupon));
        (await RequestAsync(coupon, customer.UserId)).ExpectProblem(HttpStatusCode.Conflict, "coupons.already_issued");
    }

    [Fact]
    public async Task The_first_who_came_are_served_and_the_rest_fail_at_once()
    {
        var coupon = await CreateCouponAsync(quantity: 3);
        var requests = new List<Guid>();
        foreach (var user in (await PeopleAsync(10)).Reverse())
            requests.Add(await EnterQueueAsync(coupon, user));
        await FillAsync(coupon, await PeopleAsync(290));

        Assert.Equal(300, await TickAsync());

        for (var i = 0; i < 10; i++)
        {
            var request = await ReadRequestAsync(requests[i]);
            Assert.Equal(i < 3 ? "COMPLETED" : "FAILED", request["status"].GetString());
            Assert.Equal(i < 3 ? null : "coupons.sold_out", request["reason"].GetString());
        }

        Assert.Equal(0, await CountRequestsAsync("WAITING"));
        Assert.Equal(297, await CountRequestsAsync("FAILED"));
        Assert.Equal(3, await IssuedAsync(coupon));
    }

    [Fact]
    public async Task A_hundred_of_each_coupon_are_processed_each_second_in_the_order_of_arrival()
    {
        var coupon = await CreateCouponAsync(quantity: 1_000);
        var other = await CreateCouponAsync(quantity: 1_000);
        await FillAsync(coupon, await PeopleAsync(250));
        await FillAsync(other, await PeopleAsync(150));

        Assert.Equal(200, await TickAsync());
        Assert.Equal(0, await ProcessAsync(Shop));
        Assert.Equal((100, 100), (await IssuedAsync(coupon), await IssuedAsync(other)));
        Assert.Equal(
            100,
            await Shop.QueryAsync<long>(
                $"select max(ticket) from coupons.requests where coupon_id = {coupon} and status = 'COMPLETED'"));

        Shop.Clock.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal(0, await ProcessAsync(Shop));
        Assert.Equal(150, await TickAsync());
        Assert.Equal(50, await TickAsync());
        Assert.Equal(0, await TickAsync());
        Assert.Equal((250, 150), (await IssuedAsync(coupon), await IssuedAsync(other)));
        // Coupons were numbered as their holders came.
        Assert.Equal(250, await Shop.QueryAsync<long>($"""
            select count(*) from (select row_number() over (order by ticket) = row_number() over (order by
                user_coupon_id) as same
                from coupons.requests where coupon_id = {coupon}) as places
            where same
            """));
    }

    [Fact]
    public async Task A_second_host_makes_the_line_no_faster()
    {
        var coupon = await CreateCouponAsync(quantity: 1_000);
        await FillAsync(coupon, await PeopleAsync(250));
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);

        var processed = await Task.WhenAll(ProcessAsync(Shop), ProcessAsync(second));
        Assert.Equal([0, 100], processed.Order());
        Assert.Equal(0, await ProcessAsync(second) + await ProcessAsync(Shop));

        second.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(100, await ProcessAsync(second));
        Assert.Equal(200, await IssuedAsync(coupon));
    }

    [Fact]
    public async Task A_place_in_line_never_goes_up()
    {
        var coupon = await CreateCouponAsync(quantity: 1_000);
        await FillAsync(coupon, await PeopleAsync(150));
        var last = await EnterQueueAsync(coupon, (await PeopleAsync(1))[0]);
        var places = new List<long> { (await ReadRequestAsync(last))["position"].GetInt64() };
        await TickAsync();
        places.Add((await ReadRequestAsync(last))["position"].GetInt64());
        await FillAsync(coupon, await PeopleAsync(30));
        places.Add((await ReadRequestAsync(last))["position"].GetInt64());
        Assert.Equal([151, 51, 51], places);

        await TickAsync();
        Assert.Equal("COMPLETED", (await ReadRequestAsync(last))["status"].GetString());
    }

    [Fact]
    public async Task Who_takes_the_coupon_directly_while_waiting_fails_and_takes_nothing_from_the_others()
    {
        var coupon = await CreateCouponAsync(quantity: 3);
        var people = await PeopleAsync(4);
        var requests = new List<Guid>();
        foreach (var user in people)
            requests.Add(await EnterQueueAsync(coupon, user));
        await HoldAsync(coupon, people[0]);

        Assert.Equal(4, await TickAsync());

        Assert.Equal(
            [
                ("FAILED", "coupons.already_issued"),
                ("COMPLETED", null),
                ("COMPLETED", null),
                ("FAILED", "coupons.sold_out"),
            ],
            (await Task.WhenAll(requests.Select(ReadRequestAsync))).Select(
                request => (request["status"].GetString(), request["reason"].GetString())));
        Assert.Equal(3, await IssuedAsync(coupon));
    }

    [Fact]
    public async Task Of_a_line_that_sold_out_elsewhere_everybody_hears_why()
    {
        var coupon = await CreateCouponAsync(quantity: 1);
        var people = await PeopleAsync(2);
        var first = await EnterQueueAsync(coupon, people[0]);
        var second = await EnterQueueAsync(coupon, people[1]);
        await HoldAsync(coupon, people[1]);

        Assert.Equal(2, await ProcessAsync(Shop));

        Assert.Equal("coupons.sold_out", (await ReadRequestAsync(first))["reason"].GetString());
        Assert.Equal("coupons.already_issued", (await ReadRequestAsync(second))["reason"].GetString());
    }

    [Fact]
    public async Task Who_asked_in_time_is_served_after_the_window_has_ended()
    {
        var coupon = await CreateCouponAsync(issueUntil: 5);
        var people = await PeopleAsync(1);
        var request = await EnterQueueAsync(coupon, people[0]);
        Shop.Clock.Advance(TimeSpan.FromMinutes(6));

        (await RequestAsync(coupon, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_ended");
        await TickAsync();

        Assert.Equal("COMPLETED", (await ReadRequestAsync(request))["status"].GetString());
    }

    [Fact]
    public async Task A_line_that_cannot_be_processed_does_not_hold_up_the_others()
    {
        var broken = await CreateCouponAsync();
        var sound = await CreateCouponAsync();
        var people = await PeopleAsync(1);
        await EnterQueueAsync(broken, people[0]);
        await EnterQueueAsync(sound, people[0]);
        await Shop.ExecuteAsync(
            $"alter table coupons.user_coupons add constraint broken check (coupon_id <> {broken})");

        Assert.Equal(1, await TickAsync());
        Assert.Equal((0, 1), (await IssuedAsync(broken), await IssuedAsync(sound)));

        await Shop.ExecuteAsync("alter table coupons.user_coupons drop constraint broken");
        Assert.Equal(1, await TickAsync());
        Assert.Equal(1, await IssuedAsync(broken));
    }

    // A request each, in the order given, without the time that it takes to ask.
    private Task FillAsync(long coupon, long[] people) => Shop.ExecuteAsync($"""
        insert into coupons.requests (request_id, coupon_id, user_id, ticket, status, requested_at)
        select gen_random_uuid(), {coupon}, user_id, coupons.next_ticket({coupon}), 'WAITING', now()
        from unnest(array[{string.Join(',', people)}]) as user_id
        """);
}
