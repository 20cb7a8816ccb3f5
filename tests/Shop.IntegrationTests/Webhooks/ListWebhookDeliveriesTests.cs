using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Ordering;
using Shop.IntegrationTests.Testing;
using Shop.Webhooks.Deliveries;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

public sealed class ListWebhookDeliveriesTests : WebhookTest
{
    [Fact]
    public async Task A_delivery_is_listed_with_its_answer_and_cleared_away_after_a_day()
    {
        var webhook = await SubscribeAsync(Receiver, "order.paid");
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.Accepted, "thanks\n\u0001 a lot");
        await PaidOrderAsync();
        var pending = Assert.Single(Items(await DeliveriesAsync(webhook, "?status=PENDING")));
        Assert.NotEqual(System.Text.Json.JsonValueKind.Null, pending.GetProperty("nextAttemptAt").ValueKind);

        await DeliverAsync(Receiver, posts: 1);
        var delivered = Assert.Single(Items(await DeliveriesAsync(webhook, "?status=DELIVERED")));
        Assert.Equal(Receiver.Posts[0].EventId, delivered.GetProperty("eventId").GetGuid());
        Assert.Equal(
            (202, "thanks a lot", 1),
            (delivered.GetProperty("lastStatus").GetInt32(), delivered.GetProperty("lastAnswer").GetString(),
                delivered.GetProperty("attempts").GetInt32()));
        Assert.Empty(Items(await DeliveriesAsync(webhook, "?status=PENDING")));
        (await DeliveriesAsync(webhook, "?status=LOST")).ExpectInvalid("status");

        var worker = Shop.Services.GetRequiredService<ClearDeliveries>();
        Assert.Equal(0, await worker.RunOnceAsync(CancellationToken.None));
        await Shop.ExecuteAsync("update webhooks.deliveries set delivered_at = now() - interval '25 hours'");
        Assert.Equal(1, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Empty(Items(await DeliveriesAsync(webhook)));
    }

    [Fact]
    public async Task An_event_that_is_refused_dies_after_its_attempts_and_lives_again_when_retried()
    {
        var webhook = await SubscribeAsync(Receiver, "order.paid");
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.BadRequest, "what is this?");
        await PaidOrderAsync();
        await DeliverAsync(Receiver, posts: 1);
        await Shop.ExecuteAsync("update webhooks.deliveries set next_attempt_at = now()");
        await DeliverAsync(Receiver, posts: 2);
        var dead = Assert.Single(Items(await DeliveriesAsync(webhook, "?status=DEAD")));
        Assert.Equal(400, dead.GetProperty("lastStatus").GetInt32());
        Assert.Equal("what is this?", dead.GetProperty("lastAnswer").GetString());

        var letter = Assert.Single(Items(await Admin.GetAsync("/admin/outbox/dead-letters")));
        Assert.Equal($"webhook-{webhook}", letter.GetProperty("handler").GetString());
        Receiver.Answer = (_, _) => Task.CompletedTask;
        (await Admin.PostAsync($"/admin/outbox/dead-letters/retry?handler=webhook-{webhook}"))
            .Expect(HttpStatusCode.Accepted);
        await DeliverAsync(Receiver, posts: 3);
        Assert.Single(Items(await DeliveriesAsync(webhook, "?status=DELIVERED")));
    }

    [Fact]
    public async Task One_of_ten_that_hangs_holds_up_none()
    {
        var release = new TaskCompletionSource();
        Receiver.Answer = (_, _) => release.Task;
        await SubscribeAsync(Receiver, "order.paid");
        var others = new List<PlatformReceiver>();
        try
        {
            for (var i = 0; i < 9; i++)
            {
                others.Add(await PlatformReceiver.StartAsync());
                await SubscribeAsync(others[i], "order.paid");
            }

            for (var orders = 1; orders <= 3; orders++)
            {
                await PaidOrderAsync();
                var worker = Shop.Services.GetRequiredService<WebhookWorker>();
                while (others.Exists(other => other.Taken.Count < orders))
                    await worker.RunOnceAsync(CancellationToken.None);
            }

            Assert.Empty(Receiver.Taken);
            Assert.All(others, other => Assert.All(other.Taken, post => Assert.True(post.IsSigned)));
        }
        finally
        {
            release.SetResult();
            await SettleAsync();
            foreach (var other in others)
                await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_that_fails_in_the_shop_holds_up_none()
    {
        var broken = await SubscribeAsync(Receiver, "order.paid");
        await using var other = await PlatformReceiver.StartAsync();
        await SubscribeAsync(other, "order.paid");
        await Shop.ExecuteAsync($"update webhooks.webhooks set secret = 'broken' where webhook_id = '{broken}'");
        await PaidOrderAsync();
        await DeliverAsync(other, posts: 1);
        Assert.Empty(Receiver.Posts);
        Assert.Single(Items(await DeliveriesAsync(broken, "?status=PENDING")));
    }

    [Fact]
    public async Task Two_hosts_deliver_each_event_once()
    {
        await SubscribeAsync(Receiver, "order.paid");
        for (var i = 0; i < 5; i++)
            await PaidOrderAsync();
        await using var other = await ShopHost.StartAsync(
            Shop.ConnectionString, new Dictionary<string, string> { ["Webhooks:AllowedNetworks"] = "127.0.0.0/8" });
        var workers = new[] { Shop, other }.Select(host => host.Services.GetRequiredService<WebhookWorker>()).ToList();
        while (Receiver.Taken.Count < 5)
            await Task.WhenAll(workers.Select(worker => worker.RunOnceAsync(CancellationToken.None)));
        await SettleAsync();
        Assert.Equal(5, Receiver.Posts.Select(post => post.EventId).Distinct().Count());
        Assert.Equal(5, Receiver.Posts.Count);
    }

    private static List<System.Text.Json.JsonElement> Items(Answer page) =>
        [.. page.Expect(HttpStatusCode.OK)["items"].EnumerateArray()];
}
