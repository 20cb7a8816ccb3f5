using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.TelemetryTests;

public sealed class AccessLogTests
{
    private const string Category = "Shop.Access";

    [Fact]
    public async Task Switched_on_it_has_a_line_for_each_request_without_its_query()
    {
        var (log, connectionString) = (new CapturedLog(), await TestDatabases.CreateAsync());
        await using (var shop = await ShopHost.StartAsync(
            connectionString, new Dictionary<string, string> { ["Http:AccessLog"] = "true" }, log.AddTo))
        {
            var token = (await shop.Client().PostAsync(
                "/sessions", new { email = "admin@shop.local", password = "admin-password" }))
                .Expect(HttpStatusCode.OK)["accessToken"].GetString();
            (await shop.Client(token).GetAsync("/admin/users?email=mina@example.com")).Expect(HttpStatusCode.OK);
            (await shop.Client().GetAsync("/nowhere")).Expect(HttpStatusCode.NotFound);
        }

        // The host is stopped: its last line is written.
        var lines = log.Entries.Where(entry => entry.Category == Category).Select(entry => entry.Text).ToList();
        Assert.Equal(3, lines.Count);
        Assert.Matches(@"^POST /api/v1/sessions 200 in [0-9.]+ ms, 127\.0\.0\.1, anonymous ", lines[0]);
        Assert.Matches(@"^GET /api/v1/admin/users 200 in [0-9.]+ ms, 127\.0\.0\.1, USER 1 ", lines[1]);
        Assert.Matches(@"^GET /api/v1/nowhere 404 in [0-9.]+ ms, 127\.0\.0\.1, anonymous ", lines[2]);
        Assert.DoesNotContain(lines, line => line.Contains('@'));
        await TestDatabases.DropAsync(connectionString);
    }

    [Fact]
    public async Task Without_the_setting_it_has_none()
    {
        var (log, connectionString) = (new CapturedLog(), await TestDatabases.CreateAsync());
        await using (var shop = await ShopHost.StartAsync(connectionString, settings: null, log.AddTo))
            (await shop.Client().GetAsync("/products")).Expect(HttpStatusCode.OK);
        Assert.DoesNotContain(log.Entries, entry => entry.Category == Category);
        await TestDatabases.DropAsync(connectionString);
    }
}
