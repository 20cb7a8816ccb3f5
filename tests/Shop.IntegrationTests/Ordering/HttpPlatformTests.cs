using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class HttpPlatformTests : PlatformTest
{
    [Fact]
    public async Task Every_closed_order_is_posted_and_signed()
    {
        await using var host = await StartDelivererAsync();
        var order = (await PaidOrdersAsync()).Single();

        await host.DeliverToPlatformAsync();

        var post = Assert.Single(Receiver.Posts);
        Assert.True(post.IsSigned);
        Assert.Equal((order, "order.paid", 1), (post.OrderId, post.Type, post.Sequence));
        Assert.Equal(post.EventId.ToString(), post.Id);
        Assert.Equal("application/json", post.ContentType);
        Assert.InRange(host.Clock.GetUtcNow() - post.SentAt, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal(0, await PendingAsync());
        Assert.False(Directory.Exists(host.PlatformDirectory));
    }

    [Fact]
    public async Task A_host_whose_clock_is_off_dates_its_posts_by_the_databases()
    {
        await using var host = await StartDelivererAsync();
        await PaidOrdersAsync();
        host.Clock.PutOff(TimeSpan.FromHours(1));

        await host.DeliverToPlatformAsync();

        var post = Assert.Single(Receiver.Taken);
        Assert.True(post.IsSigned);
        Assert.InRange(DateTimeOffset.UtcNow - post.SentAt, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task What_is_refused_is_sent_again_the_same_with_a_new_time_and_signature()
    {
        await using var host = await StartDelivererAsync();
        await PaidOrdersAsync();
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.InternalServerError, "no\u0000\r\n disk");
        await DeliverOnceAsync(host);
        Assert.Equal(
            "500 InternalServerError: no disk",
            await Shop.QueryAsync<string>("select last_error from ordering.deliveries"));
        await DeliverOnceAsync(host);
        Assert.Single(Receiver.Posts);

        Receiver.Answer = (_, _) => Task.CompletedTask;
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await DeliverOnceAsync(host);

        Assert.Equal(2, Receiver.Posts.Count);
        Assert.All(Receiver.Posts, post => Assert.True(post.IsSigned));
        Assert.Equal(Receiver.Posts[0].Id, Receiver.Posts[1].Id);
        Assert.Equal(Receiver.Posts[0].Body, Receiver.Posts[1].Body);
        Assert.True(Receiver.Posts[0].SentAt < Receiver.Posts[1].SentAt);
        Assert.Equal(0, await PendingAsync());
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    [InlineData(HttpStatusCode.InternalServerError, false)]
    public async Task A_pause_that_the_receiver_asks_for_is_kept(HttpStatusCode status, bool isKept)
    {
        await using var host = await StartDelivererAsync();
        await PaidOrdersAsync(2);
        Receiver.Answer = (post, http) => PlatformReceiver.Says(status, "", Receiver.Posts[0] == post
            ? "120"
            : (host.Clock.GetUtcNow() + TimeSpan.FromSeconds(120)).ToString(
                "R", CultureInfo.InvariantCulture))(post, http);
        await DeliverOnceAsync(host);
        Assert.Equal(2, Receiver.Posts.Count);

        Receiver.Answer = (_, _) => Task.CompletedTask;
        host.Clock.Advance(TimeSpan.FromSeconds(110));
        await DeliverOnceAsync(host);
        Assert.Equal(isKept ? 2 : 0, await PendingAsync());
        host.Clock.Advance(TimeSpan.FromSeconds(11));
        await DeliverOnceAsync(host);
        Assert.Equal(0, await PendingAsync());
    }

    [Fact]
    public async Task A_pause_that_the_receiver_asks_for_is_bounded()
    {
        await using var host = await StartDelivererAsync(("MaxRetryDelay", "00:00:30"));
        await PaidOrdersAsync();
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.ServiceUnavailable, "", retryAfter: "2147483647");
        await DeliverOnceAsync(host);

        Receiver.Answer = (_, _) => Task.CompletedTask;
        host.Clock.Advance(TimeSpan.FromSeconds(25));
        await DeliverOnceAsync(host);
        Assert.Equal(1, await PendingAsync());
        host.Clock.Advance(TimeSpan.FromSeconds(6));
        await DeliverOnceAsync(host);
        Assert.Equal(0, await PendingAsync());
    }

    [Fact]
    public async Task A_receiver_that_says_nothing_is_left_after_the_timeout()
    {
        await using var host = await StartDelivererAsync(("Timeout", "00:00:00.2"));
        await PaidOrdersAsync();
        Receiver.Answer = (_, http) => Task.Delay(Timeout.Infinite, http.RequestAborted);

        await DeliverOnceAsync(host);

        Assert.Equal(
            "No answer within 00:00:00.2000000.",
            await Shop.QueryAsync<string>("select last_error from ordering.deliveries"));
        const string Failures = "select failures from ordering.deliveries where lease is null and attempts = 0";
        Assert.Equal(1, await Shop.QueryAsync<int>(Failures));
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read_to_its_end()
    {
        await using var host = await StartDelivererAsync(("Timeout", "00:00:20"));
        await PaidOrdersAsync();
        Receiver.Answer = async (_, http) =>
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.WriteAsync(new string('x', 10_000));
        };
        var started = Stopwatch.GetTimestamp();

        await DeliverOnceAsync(host);

        Assert.Equal(
            200 + "400 BadRequest: ".Length,
            (await Shop.QueryAsync<string>("select last_error from ordering.deliveries")).Length);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_gets_everything_once_it_is()
    {
        var address = Receiver.Settings();
        await using (var gone = await PlatformReceiver.StartAsync())
            address["DataPlatform:Endpoint"] = gone.Address;
        await using var host = await ShopHost.StartAsync(Shop.ConnectionString, address);
        await PaidOrdersAsync();
        await DeliverOnceAsync(host);
        Assert.StartsWith(
            "HttpRequestException: Connection refused",
            await Shop.QueryAsync<string>("select last_error from ordering.deliveries"),
            StringComparison.Ordinal);

        await using var elsewhere = await StartDelivererAsync();
        elsewhere.Clock.Advance(PastEveryPause);
        await DeliverOnceAsync(elsewhere);
        Assert.True(Assert.Single(Receiver.Taken).IsSigned);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = await PlatformReceiver.StartAsync();
        await using var host = await StartDelivererAsync();
        await PaidOrdersAsync();
        Receiver.Answer = (_, http) =>
        {
            http.Response.Redirect(elsewhere.Address, permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };

        await DeliverOnceAsync(host);

        Assert.Empty(elsewhere.Posts);
        Assert.Equal(
            "307 RedirectKeepVerb", await Shop.QueryAsync<string>("select last_error from ordering.deliveries"));
    }

    [Fact]
    public async Task After_its_last_attempt_a_delivery_is_dead_and_later_ones_of_its_order_wait()
    {
        await using var host = await StartDelivererAsync(("MaxAttempts", "3"));
        var orders = await PaidOrdersAsync(2);
        await RefundAsync(orders[0]);
        Receiver.Answer = (post, http) => PlatformReceiver.Says(
            post.OrderId == orders[0] ? HttpStatusCode.BadRequest : HttpStatusCode.OK)(post, http);

        for (var round = 0; round < 6; round++)
        {
            await host.DeliverToPlatformAsync();
            host.Clock.Advance(PastEveryPause);
        }

        Assert.Equal([1, 1, 1], Receiver.Posts.Where(post => post.OrderId == orders[0]).Select(post => post.Sequence));
        Assert.Single(Receiver.Posts, post => post.OrderId == orders[1]);
        Assert.Equal((1, 1), (await DeadAsync(), await PendingAsync()));
        Assert.Equal(3, await Shop.QueryAsync<int>("select attempts from ordering.deliveries where status = 'DEAD'"));
    }

    [Fact]
    public async Task A_slow_answer_holds_up_its_own_order_alone()
    {
        await using var host = await StartDelivererAsync(("Concurrency", "2"));
        var orders = await PaidOrdersAsync(10);
        var others = new TaskCompletionSource();
        Receiver.Answer = async (post, _) =>
        {
            if (post.OrderId == orders[0])
                await others.Task;
            else if (Receiver.Posts.Count == orders.Count)
                others.SetResult();
        };

        // Were one slow call to stop the others, this one would never be answered, and time out.
        await DeliverOnceAsync(host);

        Assert.Equal(orders.Order(), Receiver.Taken.Select(post => post.OrderId).Order());
        Assert.Equal(10, Receiver.Posts.Count);
    }

    [Fact]
    public async Task No_connection_to_the_database_is_held_while_calling_out()
    {
        // One at a time, so that none is marked while another is under way.
        await using var host = await StartDelivererAsync(("Concurrency", "1"));
        await PaidOrdersAsync(5);
        var busy = new List<long>();
        Receiver.Answer = async (_, _) =>
        {
            var open = await Shop.QueryAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and xact_start is not null "
                + "and pid <> pg_backend_pid()");
            lock (busy)
                busy.Add(open);
        };

        await DeliverOnceAsync(host);

        Assert.Equal(5, busy.Count);
        Assert.All(busy, open => Assert.Equal(0, open));
    }

    [Fact]
    public async Task Hosts_that_deliver_at_once_send_each_event_once_and_each_orders_in_order()
    {
        var orders = await PaidOrdersAsync(40);
        foreach (var order in orders.Take(20))
            await RefundAsync(order);
        var hosts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartDelivererAsync(("Concurrency", "4"))));
        // Every third call fails, so that order is kept through retries too.
        var calls = 0;
        Receiver.Answer = (post, http) => PlatformReceiver.Says(
            Interlocked.Increment(ref calls) % 3 == 0 ? HttpStatusCode.BadGateway : HttpStatusCode.OK)(post, http);

        while (await PendingAsync() > 0)
        {
            await Task.WhenAll(hosts.Select(host => host.DeliverToPlatformAsync()));
            foreach (var host in hosts)
                host.Clock.Advance(PastEveryPause);
        }

        foreach (var host in hosts)
            await host.DisposeAsync();
        Assert.Equal(60, Receiver.Taken.Count);
        Assert.Equal(60, Receiver.Taken.Select(post => post.Id).Distinct().Count());
        Assert.All(
            Receiver.Taken.GroupBy(post => post.OrderId),
            order => Assert.Equal(Enumerable.Range(1, order.Count()), order.Select(post => post.Sequence)));
    }
}
