using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.Coupons.Queue;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class StreamRequestTests : CouponTest
{
    [Fact]
    public async Task A_stream_tells_the_present_state_at_once_and_then_each_change_and_closes_after_the_last()
    {
        var coupon = await CreateCouponAsync(quantity: 1_000);
        var customer = await SignUpAsync();
        var people = await PeopleAsync(100);
        await Task.WhenAll(people.Select(user => EnterQueueAsync(coupon, user)));
        var request =
            (await customer.PostAsync(
                $"/coupons/{coupon}/requests", new { userId = customer.UserId }))["requestId"].GetGuid();

        using var stream = await OpenAsync(request, customer.Client);
        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType?.MediaType);
        Assert.True(stream.Response.Headers.CacheControl?.NoStore);
        var first = await stream.StatusAsync();
        Assert.Equal((await ReadRequestAsync(request)).Text, first.GetRawText());
        Assert.Equal(
            ("WAITING", 101), (first.GetProperty("status").GetString(), first.GetProperty("position").GetInt64()));

        await LookAsync(Shop);
        await TickAsync();
        await LookAsync(Shop);
        Assert.Equal(1, (await stream.StatusAsync()).GetProperty("position").GetInt64());
        await TickAsync();
        await LookAsync(Shop);
        Assert.Equal((await ReadRequestAsync(request)).Text, (await stream.StatusAsync()).GetRawText());
        Assert.Null(await stream.NextAsync());
        await WaitForOpenAsync(0);
    }

    [Fact]
    public async Task The_stream_of_a_request_that_is_processed_tells_it_once_and_closes()
    {
        var coupon = await CreateCouponAsync(quantity: 1);
        var people = await PeopleAsync(2);
        var served = await EnterQueueAsync(coupon, people[0]);
        var late = await EnterQueueAsync(coupon, people[1]);
        await TickAsync();

        using var completed = await OpenAsync(served, Admin);
        Assert.Equal("COMPLETED", (await completed.StatusAsync()).GetProperty("status").GetString());
        Assert.Null(await completed.NextAsync());
        using var failed = await OpenAsync(late, Admin);
        Assert.Equal("coupons.sold_out", (await failed.StatusAsync()).GetProperty("reason").GetString());
        Assert.Null(await failed.NextAsync());
    }

    [Fact]
    public async Task A_reconnect_after_the_last_event_is_told_to_stop()
    {
        var coupon = await CreateCouponAsync();
        var request = await EnterQueueAsync(coupon, (await PeopleAsync(1))[0]);
        var path = $"/coupon-requests/{request}/stream";
        using (var waiting = await OpenAsync(request, Admin))
            Assert.Equal("id: WAITING-1", await waiting.ReadLineAsync());
        await TickAsync();

        using (var stream = await OpenAsync(request, Admin))
            Assert.Equal("id: COMPLETED", await stream.ReadLineAsync());
        var missed = await Admin.GetAsync(path, ("Last-Event-ID", "WAITING-1"));
        Assert.Contains("\nevent: status\n", missed.Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        (await Admin.GetAsync(path, ("Last-Event-ID", "COMPLETED"))).Expect(HttpStatusCode.NoContent);
        (await Anonymous.GetAsync(path, ("Last-Event-ID", "COMPLETED"))).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await (await SignUpAsync()).Client.GetAsync(path, ("Last-Event-ID", "COMPLETED"))).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.request_not_found");
    }

    [Fact]
    public async Task What_another_host_processes_is_seen()
    {
        var coupon = await CreateCouponAsync();
        var request = await EnterQueueAsync(coupon, (await PeopleAsync(1))[0]);
        await using var second = await ShopHost.StartAsync(Shop.ConnectionString);
        using var stream = await OpenAsync(request, Admin);
        await stream.StatusAsync();

        Assert.Equal(1, await ProcessAsync(second));
        await LookAsync(Shop);

        Assert.Equal("COMPLETED", (await stream.StatusAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_client_that_is_gone_leaves_nothing_behind()
    {
        var coupon = await CreateCouponAsync();
        var request = await EnterQueueAsync(coupon, (await PeopleAsync(1))[0]);
        using (var stream = await OpenAsync(request, Admin))
        {
            await stream.StatusAsync();
            Assert.Equal(1, Feed.Open);
            await stream.HangUpAsync();
        }

        await WaitForOpenAsync(0);
        (await Admin.GetAsync($"/coupon-requests/{Guid.NewGuid()}/stream")).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.request_not_found");
        Assert.Equal(0, Feed.Open);
    }

    [Fact]
    public async Task Hundreds_of_streams_hear_of_one_tick()
    {
        const int Streams = 300;
        var coupon = await CreateCouponAsync(quantity: 100);
        var people = await PeopleAsync(Streams);
        var requests = await Task.WhenAll(people.Select(user => EnterQueueAsync(coupon, user)));
        var streams = await Task.WhenAll(requests.Select(request => OpenAsync(request, Admin)));
        await Task.WhenAll(streams.Select(stream => stream.StatusAsync()));
        Assert.Equal(Streams, Feed.Open);

        await TickAsync();
        await LookAsync(Shop);

        var told = await Task.WhenAll(streams.Select(stream => stream.StatusAsync()));
        Assert.Equal(100, told.Count(status => status.GetProperty("status").GetString() == "COMPLETED"));
        Assert.Equal(200, told.Count(status => status.GetProperty("status").GetString() == "FAILED"));
        Assert.All(await Task.WhenAll(streams.Select(stream => stream.NextAsync())), Assert.Null);
        await WaitForOpenAsync(0);
        Assert.All(streams, stream => stream.Dispose());
    }

    [Fact]
    public async Task A_host_that_stops_ends_its_streams()
    {
        var coupon = await CreateCouponAsync();
        var request = await EnterQueueAsync(coupon, (await PeopleAsync(1))[0]);
        using var stream = await OpenAsync(request, Admin);
        await stream.StatusAsync();

        var (feed, host, stopped) = (
            Feed, Shop.Services.GetRequiredService<IHostApplicationLifetime>(), new TaskCompletionSource());
        host.ApplicationStopped.Register(stopped.SetResult);
        host.StopApplication();

        Assert.Null(await stream.NextAsync());
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, feed.Open);
    }

    private RequestFeed Feed => Shop.Services.GetRequiredService<RequestFeed>();

    private static Task<int> LookAsync(ShopHost host) =>
        host.Services.GetRequiredService<RequestFeed>().RunOnceAsync(CancellationToken.None);

    private static async Task<EventStream> OpenAsync(Guid request, ShopClient client)
    {
        var response = await client.OpenAsync($"/coupon-requests/{request}/stream");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new EventStream(response);
    }

    // A server learns by and by that somebody has hung up. Asking something else gives it the time.
    private async Task WaitForOpenAsync(int streams)
    {
        for (var i = 0; i < 2_000 && Feed.Open != streams; i++)
            await Shop.QueryAsync<int>("select 1");
        Assert.Equal(streams, Feed.Open);
    }
}
