using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>Activity of two hosts is one log: each command leaves its row once, whichever host it came to.</summary>
public sealed class SharedActivityTests : IdentityTest
{
    [Fact]
    public async Task Commands_at_once_on_two_hosts_leave_a_row_each_and_repeats_none()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var product = await CreateProductAsync();
        var made = (await Admin.PostAsync(
            "/admin/api-keys", new { name = "Importer", permissions = (string[])["catalog:write", "activity:read"] }))
            .Expect(HttpStatusCode.Created);
        ShopClient[] callers = [Admin, other.Client(Admin.AccessToken), Shop.Client(made["key"].GetString()),
            other.Client(made["key"].GetString())];
        var path = $"/admin/products/{product}/stock-adjustments";

        var answers = await Task.WhenAll(callers.SelectMany((caller, host) => Enumerable.Range(1, 5).Select(number =>
            caller.PostAsync(path, new { delta = 1, reason = $"{host}/{number}" }))));
        Assert.All(answers, answer => answer.Expect(HttpStatusCode.OK));
        var rows = await RowsAsync(callers[3], "AdjustStock");
        Assert.Equal(
            Enumerable.Range(0, 4).SelectMany(host => Enumerable.Range(1, 5).Select(number => $"{host}/{number}")),
            rows.Select(row => row.GetProperty("after").GetProperty("reason").GetString()!)
                .Order(StringComparer.Ordinal));
        Assert.Equal(
            (10, 10),
            (CountOf(rows, "USER", "1"), CountOf(rows, "API_KEY", made["apiKeyId"].GetString()!)));

        // One command, twice on each host at once.
        var body = new { delta = 1, reason = "once" };
        answers = await Task.WhenAll(
            new[] { 0, 1, 0, 1 }.Select(host => callers[host].PostWithKeyAsync("k", path, body)));
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(
            answers,
            answer => Assert.True(answer.Status == HttpStatusCode.OK || answer.Code == "idempotency.in_progress"));
        Assert.Equal(21, (await RowsAsync(callers[1], "AdjustStock")).Count);
        Assert.Equal(121, await StockOfAsync(product));
    }

    private static int CountOf(List<JsonElement> rows, string type, string id) => rows.Count(row =>
        row.GetProperty("actor").GetProperty("type").GetString() == type
        && row.GetProperty("actor").GetProperty("id").GetString() == id);

    private static async Task<List<JsonElement>> RowsAsync(ShopClient client, string action) =>
        [.. (await client.GetAsync($"/admin/activity?limit=100&action={action}"))
            .Expect(HttpStatusCode.OK)["items"].EnumerateArray()];
}
