using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class ChangeCouponTests : CouponTest
{
    [Fact]
    public async Task Only_what_is_named_changes()
    {
        var coupon = await CreateCouponAsync();
        var before = (await Anonymous.GetAsync($"/coupons/{coupon}")).Expect(HttpStatusCode.OK);

        var renamed = (await Admin.PatchAsync(
            $"/admin/coupons/{coupon}", new { name = "Renamed", issued = 99 })).Expect(HttpStatusCode.OK);
        Assert.Equal(before.Text.Replace("Welcome", "Renamed", StringComparison.Ordinal), renamed.Text);

        var until = At(25);
        var extended = (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { issueUntil = until })).Expect(
            HttpStatusCode.OK);
        Assert.Equal(
            DateTimeOffset.Parse(until, System.Globalization.CultureInfo.InvariantCulture),
            extended["issueUntil"].GetDateTimeOffset());
        Assert.Equal("Renamed", extended["name"].GetString());
    }

    [Fact]
    public async Task An_end_in_the_past_stops_issuing_and_a_later_one_opens_it_again()
    {
        var coupon = await CreateCouponAsync();
        var people = await PeopleAsync(1);

        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { issueUntil = At(-1_000) })).Expect(HttpStatusCode.OK);
        (await IssueAsync(coupon, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_ended");
        (await RequestAsync(coupon, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_ended");

        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { issueUntil = At(10) })).Expect(HttpStatusCode.OK);
        (await IssueAsync(coupon, people[0])).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_higher_quantity_opens_the_door_again_on_every_host()
    {
        var coupon = await CreateCouponAsync(quantity: 2);
        var people = await PeopleAsync(4);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));
        var late = await EnterQueueAsync(coupon, people[2]);
        await HoldAsync(coupon, people[0]);
        await HoldAsync(coupon, people[1]);
        (await there.PostAsync($"/coupons/{coupon}/issue", new { userId = people[3] })).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.sold_out");
        await TickAsync();

        (await PatchAsync(coupon, new { quantity = 4 })).Expect(HttpStatusCode.OK);
        (await there.PostAsync($"/coupons/{coupon}/issue", new { userId = people[3] })).Expect(HttpStatusCode.Created);
        var again = await EnterQueueAsync(coupon, people[2]);
        await TickAsync();
        Assert.Equal("coupons.sold_out", (await ReadRequestAsync(late))["reason"].GetString());
        Assert.Equal("COMPLETED", (await ReadRequestAsync(again))["status"].GetString());

        var below = (await PatchAsync(coupon, new { quantity = 3, name = "Fewer" })).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.quantity_below_issued");
        Assert.Equal(4, below["issued"].GetInt32());
        var same = (await PatchAsync(coupon, new { quantity = 4 })).Expect(HttpStatusCode.OK);
        Assert.Equal(("Welcome", 0), (same["name"].GetString(), same["remaining"].GetInt32()));
    }

    [Fact]
    public async Task A_stopped_coupon_is_neither_issued_nor_used_until_it_is_started_again()
    {
        var coupon = await CreateCouponAsync(quantity: 5);
        var product = await CreateProductAsync(price: 5_000);
        var (customer, buyer) = (await SignUpAsync(balance: 20_000), await SignUpAsync(balance: 5_000));
        var held = await HoldAsync(coupon, customer.UserId);
        var reserved = await HoldAsync(coupon, buyer.UserId);
        var open = (await OrderWithAsync(buyer, product, reserved)).Expect(HttpStatusCode.Created)["orderId"].GetGuid();
        var people = await PeopleAsync(2);
        var waiting = await EnterQueueAsync(coupon, people[0]);
        var holding = await EnterQueueAsync(coupon, people[1]);
        await HoldAsync(coupon, people[1]);

        var stopped = (await PatchAsync(coupon, new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        Assert.Equal("STOPPED", stopped["status"].GetString());
        (await IssueAsync(coupon, customer.UserId)).ExpectProblem(HttpStatusCode.Conflict, "coupons.stopped");
        (await RequestAsync(coupon, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.stopped");
        // The pace of the queue is not waited for.
        Assert.Equal(2, await ProcessAsync(Shop));
        foreach (var request in (Guid[])[waiting, holding])
            Assert.Equal("coupons.stopped", (await ReadRequestAsync(request))["reason"].GetString());
        Assert.Empty((await Anonymous.GetAsync("/coupons"))["items"].EnumerateArray());
        Assert.Equal(
            stopped.Text, (await Anonymous.GetAsync($"/coupons/{coupon}")).Expect(HttpStatusCode.OK).Text);

        var order = new
        {
            userId = customer.UserId,
            items = new[] { new { productId = product, quantity = 1 } },
            userCouponId = held,
        };
        foreach (var path in (string[])["/orders", "/checkout", "/orders/quote"])
            (await customer.PostAsync(path, order)).ExpectProblem(HttpStatusCode.Conflict, "coupons.stopped");
        var quoted = (await customer.PostAsync("/orders/quote", new { order.userId, order.items })).Expect(
            HttpStatusCode.OK)["coupons"][0];
        Assert.Equal(
            (false, "STOPPED"),
            (quoted.GetProperty("applicable").GetBoolean(), quoted.GetProperty("reason").GetString()));
        (await buyer.PostAsync("/payments", new { orderId = open })).Expect(HttpStatusCode.Created);
        await Shop.DeliverEventsAsync();
        Assert.Equal("USED", (await ReadIssuedCouponAsync(buyer.UserId, reserved))["status"].GetString());

        (await PatchAsync(coupon, new { status = "ACTIVE" })).Expect(HttpStatusCode.OK);
        Assert.Single((await Anonymous.GetAsync("/coupons"))["items"].EnumerateArray());
        (await customer.PostAsync("/checkout", order)).Expect(HttpStatusCode.Created);
        (await IssueAsync(coupon, people[0])).Expect(HttpStatusCode.Created);
        Assert.Equal("coupons.stopped", (await ReadRequestAsync(waiting))["reason"].GetString());
    }

    [Fact]
    public async Task A_new_end_of_validity_holds_for_coupons_that_are_issued_from_then_on()
    {
        var coupon = await CreateCouponAsync(validUntil: 30);
        var people = await PeopleAsync(4);
        var before = await HoldAsync(coupon, people[0]);

        (await PatchAsync(coupon, new { validUntil = At(60) })).Expect(HttpStatusCode.OK);
        var direct = await HoldAsync(coupon, people[1]);
        await EnterQueueAsync(coupon, people[2]);
        await TickAsync();
        // As a host of before inserts it.
        await Shop.ExecuteAsync($"""
            insert into coupons.user_coupons (coupon_id, user_id, status, issued_at)
            values ({coupon}, {people[3]}, 'AVAILABLE', now());
            update coupons.coupons set issued = issued + 1 where coupon_id = {coupon};
            """);

        Shop.Clock.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal("EXPIRED", (await ReadIssuedCouponAsync(people[0], before))["status"].GetString());
        Assert.Equal("AVAILABLE", (await ReadIssuedCouponAsync(people[1], direct))["status"].GetString());
        foreach (var user in people[2..])
        {
            var held = (await Admin.GetAsync($"/users/{user}/coupons")).Expect(HttpStatusCode.OK)["items"][0];
            Assert.Equal("AVAILABLE", held.GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task Stopping_while_it_is_issued_processed_and_used_on_two_hosts_is_whole()
    {
        var coupon = await CreateCouponAsync(quantity: 30);
        var product = await CreateProductAsync(price: 5_000, stock: 100);
        var people = await PeopleAsync(60);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));
        var holders = new List<(long User, long Coupon)>();
        foreach (var user in people[..8])
            holders.Add((user, await HoldAsync(coupon, user)));
        await Task.WhenAll(people[8..30].Select(user => RequestAsync(coupon, user)));
        Shop.Clock.Advance(TimeSpan.FromSeconds(1));

        var orders = holders.Select((held, i) => (i % 2 == 0 ? Admin : there).PostAsync("/orders", new
        {
            userId = held.User,
            items = new[] { new { productId = product, quantity = 1 } },
            userCouponId = held.Coupon,
        }));
        var issues = people[30..].Select((user, i) =>
            (i % 2 == 0 ? Admin : there).PostAsync($"/coupons/{coupon}/issue", new { userId = user }));
        var answers = Task.WhenAll(orders.Concat(issues));
        await Task.WhenAll(
            answers, ProcessAsync(Shop), ProcessAsync(second), there.PatchAsync(
                $"/admin/coupons/{coupon}", new { status = "STOPPED" }));

        string[] refusals = ["coupons.stopped", "coupons.sold_out"];
        Assert.All(
            (await answers).Where(answer => answer.Status != HttpStatusCode.Created),
            answer => Assert.Contains(answer.Expect(HttpStatusCode.Conflict)["code"].GetString(), refusals));
        await TickAsync();
        Assert.Equal(0, await CountRequestsAsync("WAITING"));
        var issued = await IssuedAsync(coupon);
        foreach (var user in people[30..])
            (await IssueAsync(coupon, user)).ExpectProblem(HttpStatusCode.Conflict, "coupons.stopped");
        Assert.Equal(issued, await IssuedAsync(coupon));
        Assert.Equal(
            issued, 8 + await CountRequestsAsync("COMPLETED")
                + (await answers)[8..].Count(answer => answer.Status == HttpStatusCode.Created));
    }

    [Fact]
    public async Task Raising_and_lowering_while_it_is_issued_on_two_hosts_never_issues_one_too_many()
    {
        var coupon = await CreateCouponAsync(quantity: 10);
        var people = await PeopleAsync(60);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));

        var quantity = 10;
        var taken = 0;
        foreach (var part in people.Chunk(20))
        {
            var raised = quantity += 5;
            var issues = Task.WhenAll(part.Select((user, i) =>
                (i % 2 == 0 ? Admin : there).PostAsync($"/coupons/{coupon}/issue", new { userId = user })));
            var lowered = PatchAsync(coupon, new { quantity = 10 });
            (await there.PatchAsync($"/admin/coupons/{coupon}", new { quantity = raised })).Expect(HttpStatusCode.OK);
            if ((await lowered).Status != HttpStatusCode.OK)
                (await lowered).ExpectProblem(HttpStatusCode.Conflict, "coupons.quantity_below_issued");
            taken += (await issues).Count(answer => answer.Status == HttpStatusCode.Created);
            Assert.All(await issues, answer => Assert.True((int)answer.Status < 500, answer.Text));
            Assert.Equal(taken, await IssuedAsync(coupon));

            // Just what is issued, and one less.
            (await PatchAsync(coupon, new { quantity = taken })).Expect(HttpStatusCode.OK);
            (await PatchAsync(coupon, new { quantity = taken - 1 })).ExpectProblem(
                HttpStatusCode.Conflict, "coupons.quantity_below_issued");
        }

        Assert.InRange(taken, 10, quantity);
    }

    [Fact]
    public async Task A_change_by_an_old_tag_changes_nothing()
    {
        var coupon = await CreateCouponAsync();
        var path = $"/admin/coupons/{coupon}";
        var tag = (await Anonymous.GetAsync($"/coupons/{coupon}")).Tag;
        await HoldAsync(coupon, (await PeopleAsync(1))[0]);
        Assert.Equal(tag, (await Anonymous.GetAsync($"/coupons/{coupon}")).Tag);

        var changed = (await Admin.PatchIfMatchAsync(tag, path, new { quantity = 5 })).Expect(HttpStatusCode.OK);
        Assert.Equal(changed.Tag, (await Anonymous.GetAsync($"/coupons/{coupon}")).Tag);
        (await Admin.PatchIfMatchAsync(tag, path, new { quantity = 9 })).ExpectProblem(
            HttpStatusCode.PreconditionFailed, "precondition_failed");
        Assert.Equal(changed.Text, (await Anonymous.GetAsync($"/coupons/{coupon}")).Text);
    }

    private Task<Answer> PatchAsync(long coupon, object change) => Admin.PatchAsync($"/admin/coupons/{coupon}", change);

    [Fact]
    public async Task A_change_that_is_not_valid_is_refused()
    {
        var coupon = await CreateCouponAsync(validUntil: 30);
        var path = $"/admin/coupons/{coupon}";

        (await Admin.PatchAsync(path, new { issueUntil = At(31) })).ExpectInvalid("issueUntil");
        (await Admin.PatchAsync(path, new { name = "" })).ExpectInvalid("name");
        (await Admin.PatchAsync(path, new { name = new string('a', 201) })).ExpectInvalid("name");
        (await Admin.SendRawAsync(HttpMethod.Patch, path, """{"issueUntil": null}""")).ExpectInvalid("issueUntil");
        (await Admin.SendRawAsync(HttpMethod.Patch, path, """{"issueUntil": "soon"}""")).ExpectInvalid("issueUntil");
        (await Admin.SendRawAsync(HttpMethod.Patch, path, """{"name": null}""")).ExpectInvalid("name");
        (await Admin.PatchAsync(path, new { validUntil = At(19) })).ExpectInvalid("validUntil");
        (await Admin.PatchAsync(path, new { issueUntil = At(-30), validUntil = At(-11) })).ExpectInvalid("validUntil");
        (await Admin.PatchAsync(path, new { quantity = 0 })).ExpectInvalid("quantity");
        (await Admin.PatchAsync(path, new { quantity = 10_000_001 })).ExpectInvalid("quantity");
        (await Admin.PatchAsync(path, new { status = "PAUSED" })).ExpectInvalid("status");
        (await Admin.SendRawAsync(HttpMethod.Patch, path, """{"status": null}""")).ExpectInvalid("status");
        (await Admin.PatchAsync(path, new { issued = 99 })).ExpectInvalid("body");
        (await Admin.PatchAsync($"/admin/coupons/{coupon + 1}", new { name = "Nobody's" })).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.not_found");
        (await Admin.PatchAsync("/admin/coupons/x", new { name = "Nobody's" })).ExpectProblem(
            HttpStatusCode.NotFound, "not_found");
    }
}
