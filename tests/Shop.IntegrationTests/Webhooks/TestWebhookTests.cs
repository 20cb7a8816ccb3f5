using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Ordering;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

public sealed class TestWebhookTests : WebhookTest
{
    [Fact]
    public async Task It_says_what_the_receiver_answered()
    {
        var webhook = await SubscribeAsync(Receiver, "order.paid");
        var taken = (await Admin.PostAsync($"/admin/webhooks/{webhook}/test")).Expect(HttpStatusCode.OK);
        Assert.Equal((200, JsonValueKind.Null), (taken["status"].GetInt32(), taken["error"].ValueKind));
        Assert.True(taken["durationMs"].GetInt64() >= 0);
        Assert.Equal(("webhook.test", true), (Receiver.Posts[0].Type, Receiver.Posts[0].IsSigned));

        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.Gone, "no longer");
        var refused = (await Admin.PostAsync($"/admin/webhooks/{webhook}/test")).Expect(HttpStatusCode.OK);
        Assert.Equal(410, refused["status"].GetInt32());
        Assert.Contains("no longer", refused["error"].GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from webhooks.deliveries"));
    }

    [Fact]
    public async Task A_repeat_with_its_key_says_the_same_and_calls_nobody()
    {
        var path = $"/admin/webhooks/{await SubscribeAsync(Receiver, "order.paid")}/test";
        var first = (await Admin.PostWithKeyAsync("test", path)).Expect(HttpStatusCode.OK);
        Receiver.Answer = PlatformReceiver.Says(HttpStatusCode.Gone);
        var again = (await Admin.PostWithKeyAsync("test", path)).Expect(HttpStatusCode.OK);
        Assert.Equal(first.Text, again.Text);
        Assert.True(again.IsReplay);
        Assert.Single(Receiver.Posts);
        Assert.Equal(1, await Shop.QueryAsync<long>(
            "select count(*) from identity.activity where action = 'TestWebhook'"));
    }

    [Fact]
    public async Task An_address_that_moves_into_an_inner_network_is_not_called()
    {
        var webhook = await SubscribeAsync(Receiver, "order.paid");
        await Shop.ExecuteAsync("update webhooks.webhooks set url = 'http://[::1]:9/'");
        var test = (await Admin.PostAsync($"/admin/webhooks/{webhook}/test")).Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, test["status"].ValueKind);
        Assert.Contains("inner network", test["error"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        var webhook = await SubscribeAsync(Receiver, "order.paid");
        Receiver.Answer = (_, http) =>
        {
            http.Response.Redirect(Receiver.Address);
            return Task.CompletedTask;
        };
        var test = (await Admin.PostAsync($"/admin/webhooks/{webhook}/test")).Expect(HttpStatusCode.OK);
        Assert.Equal(302, test["status"].GetInt32());
        Assert.Single(Receiver.Posts);
    }
}
