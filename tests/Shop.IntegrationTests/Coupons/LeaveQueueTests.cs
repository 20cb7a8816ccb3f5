using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class LeaveQueueTests : CouponTest
{
    [Fact]
    public async Task Who_leaves_the_line_fails_and_may_come_again()
    {
        var coupon = await CreateCouponAsync();
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());
        var people = await PeopleAsync(1);
        var request = await EnterQueueAsync(coupon, customer.UserId);
        var behind = await EnterQueueAsync(coupon, people[0]);
        var path = $"/coupon-requests/{request}";

        (await other.Client.DeleteAsync(path)).ExpectProblem(HttpStatusCode.NotFound, "coupons.request_not_found");
        (await Admin.DeleteAsync($"/coupon-requests/{Guid.CreateVersion7()}")).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.request_not_found");
        (await Anonymous.DeleteAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await customer.Client.DeleteAsync(path)).Expect(HttpStatusCode.NoContent);

        var left = await ReadRequestAsync(request);
        Assert.Equal(
            ("FAILED", "coupons.request_withdrawn"), (left["status"].GetString(), left["reason"].GetString()));
        Assert.NotNull(left["settledAt"].GetString());
        (await customer.Client.DeleteAsync(path)).ExpectProblem(HttpStatusCode.Conflict, "coupons.request_settled");

        var again = await EnterQueueAsync(coupon, customer.UserId);
        await TickAsync();
        foreach (var served in (Guid[])[behind, again])
            Assert.Equal("COMPLETED", (await ReadRequestAsync(served))["status"].GetString());
        (await Admin.DeleteAsync($"/coupon-requests/{again}")).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.request_settled");
        Assert.Equal(2, await IssuedAsync(coupon));
    }

    [Fact]
    public async Task Of_the_requests_that_were_withdrawn_the_newest_are_kept()
    {
        var coupon = await CreateCouponAsync();
        var user = (await PeopleAsync(1))[0];
        for (var i = 0; i < 12; i++)
        {
            var request = await EnterQueueAsync(coupon, user);
            (await Admin.DeleteAsync($"/coupon-requests/{request}")).Expect(HttpStatusCode.NoContent);
        }

        Assert.Equal(10, await CountRequestsAsync("FAILED"));
    }

    [Fact]
    public async Task Leaving_while_two_hosts_process_the_line_gives_each_one_end()
    {
        var coupon = await CreateCouponAsync(quantity: 1_000);
        var people = await PeopleAsync(90);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        var there = second.Client(await SignInAsync("admin@shop.local", "admin-password"));
        var requests = await Task.WhenAll(people.Select(user => EnterQueueAsync(coupon, user)));
        using var stop = new CancellationTokenSource();
        var schedulers = Task.WhenAll(
            Task.Run(() => KeepProcessingAsync(Shop)), Task.Run(() => KeepProcessingAsync(second)));

        var answers = await Task.WhenAll(requests.Reverse().Select((request, i) =>
            LeaveAsync(i % 2 == 0 ? Admin : there, request)));
        await stop.CancelAsync();
        await schedulers;
        await TickAsync();

        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.NoContent),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "coupons.request_settled"));
        var left = answers.Count(answer => answer.Status == HttpStatusCode.NoContent);
        Assert.Equal(0, await CountRequestsAsync("WAITING"));
        Assert.Equal(left, await CountRequestsAsync("FAILED"));
        Assert.Equal(people.Length - left, await IssuedAsync(coupon));
        Assert.Equal(people.Length - left, await CountRequestsAsync("COMPLETED"));

        // So many at once may find the hosts busy, and then come again.
        async Task<Answer> LeaveAsync(ShopClient client, Guid request)
        {
            Answer answer;
            do
                answer = await client.DeleteAsync($"/coupon-requests/{request}");
            while (answer.Status == HttpStatusCode.ServiceUnavailable);
            return answer;
        }

        async Task KeepProcessingAsync(ShopHost host)
        {
            while (!stop.IsCancellationRequested)
            {
                host.Clock.Advance(TimeSpan.FromMilliseconds(500));
                await ProcessAsync(host);
            }
        }
    }
}
