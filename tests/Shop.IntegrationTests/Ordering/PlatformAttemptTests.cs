using System.Net;
using Microsoft.AspNetCore.Http;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

/// <summary>Which failures count as an attempt, each for the only event of a quiet shop.</summary>
public sealed class PlatformAttemptTests : PlatformTest
{
    private const int MaxAttempts = 3;

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.NotImplemented)]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Gone)]
    [InlineData(HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(HttpStatusCode.UnprocessableEntity)]
    public async Task A_refusal_counts(HttpStatusCode status)
    {
        Receiver.Answer = PlatformReceiver.Says(status);
        await TryOftenAsync(Receiver.Settings(("MaxAttempts", $"{MaxAttempts}")));

        Assert.Equal((0, 1), (await PendingAsync(), await DeadAsync()));
        Assert.Equal(MaxAttempts, Receiver.Posts.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.RequestTimeout)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    public async Task A_receiver_that_is_not_there_counts_nothing(HttpStatusCode status)
    {
        Receiver.Answer = PlatformReceiver.Says(status);
        await TryOftenAsync(Receiver.Settings(("MaxAttempts", $"{MaxAttempts}")));
        await NothingCountedAsync();
    }

    [Fact]
    public async Task A_receiver_that_refuses_the_connection_counts_nothing()
    {
        var settings = Receiver.Settings(("MaxAttempts", $"{MaxAttempts}"));
        await using (var gone = await PlatformReceiver.StartAsync())
            settings["DataPlatform:Endpoint"] = gone.Address;
        await TryOftenAsync(settings);
        await NothingCountedAsync();
    }

    [Fact]
    public async Task A_connection_that_breaks_counts_nothing()
    {
        Receiver.Answer = (_, http) =>
        {
            http.Abort();
            return Task.CompletedTask;
        };
        await TryOftenAsync(Receiver.Settings(("MaxAttempts", $"{MaxAttempts}")));
        await NothingCountedAsync();
    }

    [Fact]
    public async Task An_answer_that_does_not_come_counts_nothing()
    {
        Receiver.Answer = (_, http) => Task.Delay(Timeout.Infinite, http.RequestAborted);
        await TryOftenAsync(Receiver.Settings(("MaxAttempts", $"{MaxAttempts}"), ("Timeout", "00:00:00.1")));
        await NothingCountedAsync();
    }

    [Fact]
    public async Task A_refusal_whose_text_never_comes_counts_by_its_status()
    {
        Receiver.Answer = async (_, http) =>
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };
        await TryOftenAsync(Receiver.Settings(("MaxAttempts", $"{MaxAttempts}"), ("Timeout", "00:00:00.5")));
        Assert.Equal("400 BadRequest", await Shop.QueryAsync<string>("select last_error from ordering.deliveries"));
        Assert.Equal((0, 1), (await PendingAsync(), await DeadAsync()));
    }

    private async Task TryOftenAsync(Dictionary<string, string> settings)
    {
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, settings);
        await PaidOrdersAsync();
        for (var round = 0; round < MaxAttempts + 2; round++)
        {
            await DeliverOnceAsync(host);
            host.Clock.Advance(PastEveryPause);
        }
    }

    private async Task NothingCountedAsync()
    {
        Assert.Equal((1, 0), (await PendingAsync(), await DeadAsync()));
        Assert.Equal(0, await Shop.QueryAsync<int>("select attempts from ordering.deliveries"));
        Assert.Equal(MaxAttempts + 2, await Shop.QueryAsync<int>("select failures from ordering.deliveries"));
    }
}
