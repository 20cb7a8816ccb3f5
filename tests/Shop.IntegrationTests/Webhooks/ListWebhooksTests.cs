using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

public sealed class ListWebhooksTests : ShopTest
{
    [Fact]
    public async Task They_are_listed_page_by_page_without_secrets_and_deleted_ones_are_not()
    {
        for (var i = 0; i < 3; i++)
            (await Admin.PostAsync(
                "/admin/webhooks",
                new { url = "https://203.0.113.10/hooks", types = new[] { "order.*" }, name = $"ERP {i}" }))
                .Expect(HttpStatusCode.Created);
        var all = (await Admin.GetAsync("/admin/webhooks")).Expect(HttpStatusCode.OK);
        Assert.Equal(["ERP 2", "ERP 1", "ERP 0"], NamesOf(all));
        Assert.DoesNotContain("secret", all.Text, StringComparison.Ordinal);

        var page = (await Admin.GetAsync("/admin/webhooks?limit=2")).Expect(HttpStatusCode.OK);
        Assert.Equal(["ERP 2", "ERP 1"], NamesOf(page));
        await Admin.DeleteAsync($"/admin/webhooks/{all["items"][2].GetProperty("webhookId").GetGuid()}");
        var rest = await Admin.GetAsync($"/admin/webhooks?limit=2&cursor={page["nextCursor"].GetString()}");
        Assert.Empty(NamesOf(rest));
    }

    private static IEnumerable<string> NamesOf(Answer page) =>
        page["items"].EnumerateArray().Select(webhook => webhook.GetProperty("name").GetString()!);
}
