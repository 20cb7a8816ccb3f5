using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Webhooks.Deliveries;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

public sealed class DeleteWebhookTests : WebhookTest
{
    [Fact]
    public async Task It_hears_no_more_and_goes_with_its_deliveries()
    {
        var webhook = await SubscribeAsync(Receiver, "order.*");
        await PaidOrderAsync();
        (await Admin.DeleteAsync($"/admin/webhooks/{webhook}")).Expect(HttpStatusCode.NoContent);
        (await Admin.DeleteAsync($"/admin/webhooks/{webhook}")).ExpectProblem(
            HttpStatusCode.NotFound, "webhooks.not_found");
        await PaidOrderAsync();
        await SettleAsync();
        Assert.Empty(Receiver.Posts);

        var worker = Shop.Services.GetRequiredService<ClearDeliveries>();
        Assert.Equal(2, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await Shop.QueryAsync<long>(
            "select (select count(*) from webhooks.deliveries) + (select count(*) from webhooks.webhooks)"));
    }
}
