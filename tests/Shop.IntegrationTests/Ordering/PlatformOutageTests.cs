using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Deliveries;
using Shop.IntegrationTests.Testing;
using Shop.Ordering.DataPlatform;
using Xunit;

namespace Shop.IntegrationTests.Ordering;

public sealed class PlatformOutageTests : PlatformTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    public async Task An_outage_of_hours_kills_nothing_and_is_asked_about_seldom(int count)
    {
        await using var host = await StartDelivererAsync();
        // Earlier arrivals do not hide that nothing arrives now.
        var before = await PaidOrdersAsync(12);
        await host.DeliverToPlatformAsync();
        var orders = await PaidOrdersAsync(count);
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.ServiceUnavailable);

        // Two minutes in steps shorter than the pause between two questions, then two hours.
        var steps = Enumerable.Repeat(TimeSpan.FromSeconds(5), 24)
            .Concat(Enumerable.Repeat(TimeSpan.FromMinutes(5), 24));
        foreach (var step in steps)
        {
            await DeliverOnceAsync(host);
            host.Clock.Advance(step);
        }

        Assert.Equal((0, count), (await DeadAsync(), await PendingAsync()));
        Assert.Equal(0, await Shop.QueryAsync<int>("select max(attempts) from ordering.deliveries"));
        // Until the circuit opens, then one each ten seconds at most.
        Assert.InRange(Receiver.Posts.Count - before.Count, 11, count + 10 + 12 + 24);

        Receiver.Answer = (_, _) => Task.CompletedTask;
        host.Clock.Advance(PastEveryPause);
        await host.DeliverToPlatformAsync();
        Assert.Equal(before.Concat(orders).Order(), Receiver.Taken.Select(post => post.OrderId).Order());
    }

    [Fact]
    public async Task An_open_circuit_sends_nothing_then_one_and_closes_when_that_arrives()
    {
        await using var host = await StartDelivererAsync(("Concurrency", "10"));
        await PaidOrdersAsync(25);
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.InternalServerError);
        await DeliverOnceAsync(host);
        var failed = Receiver.Posts.Count;
        Assert.InRange(failed, 10, 19);

        await DeliverOnceAsync(host);
        host.Clock.Advance(TimeSpan.FromSeconds(9));
        await DeliverOnceAsync(host);
        Assert.Equal(failed, Receiver.Posts.Count);

        host.Clock.Advance(TimeSpan.FromSeconds(2));
        var counted = await Shop.QueryAsync<long>("select sum(attempts) from ordering.deliveries");
        await DeliverOnceAsync(host);
        Assert.Equal(failed + 1, Receiver.Posts.Count);
        Assert.Equal(counted, await Shop.QueryAsync<long>("select sum(attempts) from ordering.deliveries"));

        Receiver.Answer = (_, _) => Task.CompletedTask;
        host.Clock.Advance(TimeSpan.FromSeconds(11));
        await host.DeliverToPlatformAsync();
        Assert.Equal(25, Receiver.Taken.Count);
    }

    [Fact]
    public async Task One_bad_delivery_among_good_ones_dies_and_opens_no_circuit()
    {
        await using var host = await StartDelivererAsync();
        var bad = (await PaidOrdersAsync()).Single();
        Receiver.Answer = (post, http) => PlatformReceiver.Says(
            post.OrderId == bad ? HttpStatusCode.InternalServerError : HttpStatusCode.OK)(post, http);
        for (var round = 0; round < 12; round++)
        {
            var good = (await PaidOrdersAsync()).Single();
            await host.DeliverToPlatformAsync();
            Assert.Contains(Receiver.Taken, post => post.OrderId == good);
            host.Clock.Advance(PastEveryPause);
        }

        Assert.Equal(1, await DeadAsync());
        Assert.Equal(12, Receiver.Posts.Count(post => post.OrderId == bad));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_the_receiver_fails_on_dies_in_a_quiet_shop_too_and_its_order_goes_on_without_it(int count)
    {
        await using var host = await StartDelivererAsync();
        await using var other = await StartDelivererAsync();
        var bad = await PaidOrdersAsync(count);
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.InternalServerError);
        for (var round = 0; round < 15; round++)
        {
            await host.DeliverToPlatformAsync();
            await other.DeliverToPlatformAsync();
            host.Clock.Advance(PastEveryPause);
            other.Clock.Advance(PastEveryPause);
        }

        Assert.Equal((0, count), (await PendingAsync(), await DeadAsync()));
        Assert.Equal(12 * count, Receiver.Posts.Count);

        await Shop.ExecuteAsync("""
            update ordering.deliveries set status = 'DISCARDED', discard_reason = 'test', discarded_at = now()
            """);
        Receiver.Answer = (_, _) => Task.CompletedTask;
        await RefundAsync(bad[0]);
        await host.DeliverToPlatformAsync();
        Assert.Equal("order.refunded", Assert.Single(Receiver.Taken).Type);
    }

    [Fact]
    public async Task Bad_deliveries_that_opened_the_circuit_do_not_keep_it_open()
    {
        await using var host = await StartDelivererAsync();
        var bad = await PaidOrdersAsync(3);
        var fails = PlatformReceiver.Says(HttpStatusCode.InternalServerError);
        var takes = PlatformReceiver.Says(HttpStatusCode.OK);
        Receiver.Answer = (post, http) => bad.Contains(post.OrderId) ? fails(post, http) : takes(post, http);
        for (var round = 0; round < 15; round++)
        {
            await host.DeliverToPlatformAsync();
            host.Clock.Advance(PastEveryPause);
        }

        Assert.Equal((3, 0), (await PendingAsync(), await DeadAsync()));

        // All are due, and the bad ones for longer: the probes ask about them first.
        var good = await PaidOrdersAsync(3);
        await Shop.ExecuteAsync("update ordering.deliveries set next_attempt_at = '2020-01-01' where attempts > 0");
        await host.DeliverToPlatformAsync();
        Assert.Empty(Receiver.Taken);
        for (var probe = 0; probe < 3; probe++)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(11));
            await host.DeliverToPlatformAsync();
        }

        Assert.Equal(good.Order(), Receiver.Taken.Select(post => post.OrderId).Order());
    }

    [Fact]
    public async Task A_receiver_that_refuses_what_it_gets_is_not_down()
    {
        await using var host = await StartDelivererAsync(("MaxAttempts", "1"));
        await PaidOrdersAsync(15);
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.UnprocessableEntity);
        await DeliverOnceAsync(host);
        Assert.Equal(15, await DeadAsync());
    }

    [Fact]
    public async Task A_crash_between_sending_and_marking_repeats_the_same_event()
    {
        var order = (await PaidOrdersAsync()).Single();
        await using (var dying = await StartDelivererAsync())
        {
            // The database is gone for this host when it wants to mark: as if it had died there.
            Receiver.Answer = async (_, _) =>
                await Shop.ExecuteAsync("alter table ordering.deliveries rename to deliveries_gone");
            await Assert.ThrowsAnyAsync<Exception>(() => DeliverOnceAsync(dying));
        }

        await Shop.ExecuteAsync("alter table ordering.deliveries_gone rename to deliveries");
        Receiver.Answer = (_, _) => Task.CompletedTask;
        await using var next = await StartDelivererAsync();
        await DeliverOnceAsync(next);
        Assert.Single(Receiver.Posts);
        next.Clock.Advance(TimeSpan.FromMinutes(1));
        await DeliverOnceAsync(next);

        Assert.Equal([order, order], Receiver.Taken.Select(post => post.OrderId));
        Assert.Equal(Receiver.Taken[0].Id, Receiver.Taken[1].Id);
        Assert.Equal(Receiver.Taken[0].Body, Receiver.Taken[1].Body);
        Assert.Equal(0, await PendingAsync());
    }

    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task A_host_that_was_paused_past_its_lease_has_no_say_any_more(HttpStatusCode late)
    {
        await PaidOrdersAsync();
        await using var paused = await StartDelivererAsync();
        await using var other = await StartDelivererAsync();
        var release = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        Receiver.Answer = async (_, http) =>
        {
            reached.SetResult();
            await release.Task;
            http.Response.StatusCode = (int)late;
        };
        var pausing = DeliverOnceAsync(paused);
        await reached.Task;

        // The other takes over, and fails in its own way: that is what must stand.
        other.Clock.Advance(TimeSpan.FromMinutes(1));
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.BadRequest, "from the other");
        await DeliverOnceAsync(other);
        release.SetResult();
        await pausing;

        Assert.Equal(1, await Shop.QueryAsync<int>("select attempts from ordering.deliveries"));
        Assert.Equal(
            "400 BadRequest: from the other",
            await Shop.QueryAsync<string>("select last_error from ordering.deliveries"));
        Receiver.Answer = (_, _) => Task.CompletedTask;
        other.Clock.Advance(TimeSpan.FromSeconds(2));
        await DeliverOnceAsync(other);
        Assert.Equal(0, await PendingAsync());
    }

    [Fact]
    public async Task A_late_mark_takes_nothing_from_whoever_holds_the_lease_now()
    {
        await PaidOrdersAsync();
        await using var host = await StartDelivererAsync();
        var queue = host.Services.GetRequiredService<DeliveryQueue>();
        var first = Assert.Single(await queue.ClaimAsync(10, CancellationToken.None));
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        var second = Assert.Single(await queue.ClaimAsync(10, CancellationToken.None));

        await queue.MarkAsync([Attempt.Taken(first)]);
        await queue.MarkAsync([Attempt.Refused(first, "late")]);
        await queue.MarkAsync([Attempt.NotTried(first)]);

        Assert.Equal(
            second.Lease,
            await Shop.QueryAsync<Guid>(
                "select lease from ordering.deliveries where attempts = 0 and last_error is null"));
        await queue.MarkAsync([Attempt.Taken(second)]);
        Assert.Equal(0, await PendingAsync());
    }
}
