using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Coupons.Queue;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

/// <summary>A host with few streams, three for a user, and little silence.</summary>
public sealed class StreamLimitTests : CouponTest
{
    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(new Dictionary<string, string>
    {
        ["Coupons:Streams:Maximum"] = "5",
        ["Coupons:Streams:MaximumPerUser"] = "3",
        ["Coupons:Streams:Heartbeat"] = "00:00:01",
    });

    [Fact]
    public async Task More_streams_than_a_host_keeps_open_are_put_off_until_one_ends()
    {
        var coupon = await CreateCouponAsync(quantity: 1);
        var people = await PeopleAsync(2);
        var path = await StreamOfAsync(coupon, people[0]);
        using var first = await OpenAsync(Admin, path);
        using var second = await OpenAsync(Admin, path);
        var other = await StreamOfAsync(coupon, people[1]);
        using var third = await OpenAsync(Admin, other);
        using var fourth = await OpenAsync(Admin, other);
        using var fifth = await OpenAsync(Admin, other);

        var sixth = (await Admin.GetAsync(path)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(sixth.Headers.RetryAfter?.Delta);

        await TickAsync();
        await Shop.Services.GetRequiredService<RequestFeed>().RunOnceAsync(CancellationToken.None);
        Assert.Equal("COMPLETED", (await first.StatusAsync()).GetProperty("status").GetString());
        Assert.Null(await first.NextAsync());
        (await Admin.GetAsync(path)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_user_has_few_streams_and_gets_another_once_one_is_left()
    {
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());
        var coupon = await CreateCouponAsync();
        var path = await StreamOfAsync(coupon, customer.UserId);
        using var first = await OpenAsync(customer.Client, path);
        using var second = await OpenAsync(customer.Client, path);
        using var third = await OpenAsync(Admin, path);

        var another = await StreamOfAsync(await CreateCouponAsync(), customer.UserId);
        var refused = (await customer.GetAsync(another)).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.NotNull(refused.Headers.RetryAfter?.Delta);
        using var others = await OpenAsync(other.Client, await StreamOfAsync(coupon, other.UserId));

        await first.HangUpAsync();
        using var again = await UntilOpenedAsync(customer.Client, another);
        (await customer.GetAsync(path)).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task A_stream_with_nothing_new_to_tell_shows_that_it_is_alive()
    {
        var coupon = await CreateCouponAsync();
        using var stream = new EventStream(
            await Admin.OpenAsync(
                $"/coupon-requests/{await EnterQueueAsync(coupon, (await PeopleAsync(1))[0])}/stream"));
        await stream.StatusAsync();

        // The feed goes on looking, and finds nothing new.
        using var stop = new CancellationTokenSource();
        var looking = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await Shop.Services.GetRequiredService<RequestFeed>().RunOnceAsync(CancellationToken.None);
        });
        var line = await stream.ReadLineAsync();
        await stop.CancelAsync();
        await looking;

        Assert.StartsWith(":", line, StringComparison.Ordinal);
    }

    private async Task<string> StreamOfAsync(long couponId, long userId) =>
        $"/coupon-requests/{await EnterQueueAsync(couponId, userId)}/stream";

    private static async Task<EventStream> OpenAsync(ShopClient client, string path)
    {
        var stream = new EventStream(await client.OpenAsync(path));
        await stream.StatusAsync();
        return stream;
    }

    // A server learns by and by that somebody has hung up.
    private static async Task<EventStream> UntilOpenedAsync(ShopClient client, string path)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var response = await client.OpenAsync(path);
            if (response.StatusCode == HttpStatusCode.OK)
                return new EventStream(response);
            response.Dispose();
            timeout.Token.ThrowIfCancellationRequested();
        }
    }
}
