using System.Net;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

public sealed class ChangeWebhookTests : WebhookTest
{
    [Fact]
    public async Task What_happens_while_it_is_paused_waits_and_then_comes_in_order()
    {
        var webhook = await SubscribeAsync(Receiver, "order.*");
        (await Admin.PatchAsync($"/admin/webhooks/{webhook}", new { status = "PAUSED" })).Expect(HttpStatusCode.OK);
        var order = await PaidOrderAsync();
        (await Admin.PostAsync($"/orders/{order}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        await SettleAsync();
        Assert.Empty(Receiver.Posts);

        var active = (await Admin.PatchAsync($"/admin/webhooks/{webhook}", new { status = "ACTIVE", name = "New" }))
            .Expect(HttpStatusCode.OK);
        Assert.Equal("New", active["name"].GetString());
        await DeliverAsync(Receiver, posts: 2);
        Assert.Equal(["order.paid", "order.refunded"], Receiver.Taken.Select(post => post.Type));
        Assert.All(Receiver.Taken, post => Assert.True(post.IsSigned && post.OrderId == order));
    }

    [Fact]
    public async Task Its_address_and_types_may_change_and_nothing_else()
    {
        var webhook = await SubscribeAsync(Receiver, "order.paid");
        var path = $"/admin/webhooks/{webhook}";
        (await Admin.PatchAsync(path, new { url = "http://10.0.0.1/" })).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "webhooks.inner_address");
        (await Admin.PatchAsync(path, new { types = Array.Empty<string>() })).ExpectInvalid("types");
        (await Admin.PatchAsync(path, new { secret = "mine" })).ExpectInvalid("body");
        (await Admin.PatchAsync($"/admin/webhooks/{Guid.NewGuid()}", new { name = "X" })).ExpectProblem(
            HttpStatusCode.NotFound, "webhooks.not_found");
        var changed = (await Admin.PatchAsync(path, new { types = new[] { "order.refunded" } }))
            .Expect(HttpStatusCode.OK);
        Assert.Equal("""["order.refunded"]""", changed["types"].GetRawText());
        await PaidOrderAsync();
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from webhooks.deliveries"));
    }
}
