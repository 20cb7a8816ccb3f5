using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Coupons.Line;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

/// <summary>A host with few streams and little silence.</summary>
public sealed class StreamLimitTests : CouponTest
{
    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(new Dictionary<string, string>
    {
        ["Coupons:Streams:Maximum"] = "2",
        ["Coupons:Streams:Heartbeat"] = "00:00:01",
    });

    [Fact]
    public async Task More_streams_than_a_host_keeps_open_are_put_off_until_one_ends()
    {
        var coupon = await CreateCouponAsync(quantity: 1);
        var path = $"/coupon-requests/{await StandInLineAsync(coupon, (await PeopleAsync(1))[0])}/stream";
        using var first = new EventStream(await Admin.OpenAsync(path));
        using var second = new EventStream(await Admin.OpenAsync(path));
        await first.StatusAsync();
        await second.StatusAsync();

        var third = (await Admin.GetAsync(path)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(third.Headers.RetryAfter?.Delta);

        await TickAsync();
        await Shop.Services.GetRequiredService<RequestFeed>().RunOnceAsync(CancellationToken.None);
        Assert.Equal("COMPLETED", (await first.StatusAsync()).GetProperty("status").GetString());
        Assert.Null(await first.NextAsync());
        (await Admin.GetAsync(path)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_stream_with_nothing_new_to_tell_shows_that_it_is_alive()
    {
        var coupon = await CreateCouponAsync();
        using var stream = new EventStream(await Admin.OpenAsync($"/coupon-requests/{await StandInLineAsync(coupon, (await PeopleAsync(1))[0])}/stream"));
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
}
