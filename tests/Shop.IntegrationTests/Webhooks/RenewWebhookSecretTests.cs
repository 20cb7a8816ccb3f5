using System.Net;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

public sealed class RenewWebhookSecretTests : WebhookTest
{
    [Fact]
    public async Task For_a_day_both_sign()
    {
        var webhook = await SubscribeAsync(Receiver, "order.paid");
        var before = Receiver.Key;
        var renewed = (await Admin.PostWithKeyAsync("renew", $"/admin/webhooks/{webhook}/secret"))
            .Expect(HttpStatusCode.OK);
        Receiver.Key = KeyOf(renewed["secret"].GetString()!);
        (await Admin.PostWithKeyAsync("renew", $"/admin/webhooks/{webhook}/secret")).ExpectProblem(
            HttpStatusCode.Conflict, "idempotency.answer_not_kept");

        await PaidOrderAsync();
        await DeliverAsync(Receiver, posts: 1);
        Assert.True(Receiver.Posts[0].IsSigned && Receiver.Posts[0].IsSignedBy(before));

        await Shop.ExecuteAsync("update webhooks.webhooks set previous_until = now()");
        await PaidOrderAsync();
        await DeliverAsync(Receiver, posts: 2);
        Assert.True(Receiver.Posts[1].IsSigned);
        Assert.Single(Receiver.Posts[1].Signatures);
    }
}
