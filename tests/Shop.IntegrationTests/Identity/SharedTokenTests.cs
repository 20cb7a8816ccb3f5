using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class SharedTokenTests
{
    [Fact]
    public async Task Two_hosts_that_start_together_on_an_empty_database_take_each_others_tokens_and_cursors()
    {
        var database = await TestDatabases.CreateEmptyAsync();
        var hosts = await Task.WhenAll(ShopHost.StartAsync(database), ShopHost.StartAsync(database));
        await using var one = hosts[0];
        await using var two = hosts[1];
        (await one.Client()
            .PostAsync("/users", new { email = "new@example.com", password = "correct horse", name = "New" })).Expect(
                HttpStatusCode.Created);

        foreach (var (from, to) in ((ShopHost, ShopHost)[])[(one, two), (two, one)])
        {
            var session = await Session.OfAdminAsync(from);
            (await session.ReadAccountAsync(to)).Expect(HttpStatusCode.OK);
            var refreshed = Session.Of(await session.RefreshAsync(to));
            var newest = (await refreshed.Client(from).GetAsync("/admin/users?limit=1")).Expect(HttpStatusCode.OK);
            var oldest = (await refreshed.Client(to)
                .GetAsync($"/admin/users?limit=1&cursor={newest["nextCursor"]}")).Expect(HttpStatusCode.OK);
            Assert.Equal("admin@shop.local", oldest["items"][0].GetProperty("email").GetString());

            (await refreshed.Client(from).DeleteAsync("/sessions/current")).Expect(HttpStatusCode.NoContent);
            (await refreshed.RefreshAsync(to)).ExpectProblem(
                HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        }
    }

    [Fact]
    public async Task A_token_lives_no_longer_than_the_host_that_reads_it_gives_it()
    {
        await using var host = await ShopHost.StartAsync();
        var session = await Session.OfAdminAsync(host);
        var shorter = new Dictionary<string, string> { ["Identity:Tokens:AccessLifetime"] = "00:00:10" };
        await using var other = await ShopHost.StartAsync(host.ConnectionString, shorter);

        (await session.ReadAccountAsync(other)).Expect(HttpStatusCode.OK);
        other.Clock.PutOff(TimeSpan.FromSeconds(20));
        (await session.ReadAccountAsync(other)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await session.ReadAccountAsync(host)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Tokens_outlive_a_restart()
    {
        var stopped = await ShopHost.StartAsync();
        Session session;
        await using (stopped)
            session = await Session.OfAdminAsync(stopped);

        await using var restarted = await ShopHost.StartAsync(stopped.ConnectionString);
        (await session.ReadAccountAsync(restarted)).Expect(HttpStatusCode.OK);
        Session.Of(await session.RefreshAsync(restarted));
    }
}
