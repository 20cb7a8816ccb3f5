using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class ListSessionsTests : IdentityTest
{
    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string> { ["Http:KnownProxies"] = "127.0.0.1,::1" });

    [Fact]
    public async Task A_session_says_when_and_from_where_it_was_used()
    {
        var customer = await SignUpAsync();
        await Shop.ExecuteAsync($"delete from identity.sessions where user_id = {customer.UserId}");
        var laptop = await SendAsync(
            "/sessions", new { email = customer.Email, password = Password }, "192.0.2.1", "Laptop/1");
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        var phone = await SendAsync(
            "/sessions", new { email = customer.Email, password = Password }, "2001:db8::1", new string('x', 600));
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        laptop = await SendAsync(
            "/sessions/refresh", new { refreshToken = laptop.GetProperty("refreshToken").GetString() }, "192.0.2.2",
            "Laptop/2");

        var list = (await Shop.Client(laptop.GetProperty("accessToken").GetString())
            .GetAsync($"/users/{customer.UserId}/sessions")).Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, list["nextCursor"].ValueKind);
        var sessions = list["items"].EnumerateArray().ToList();
        Assert.Equal(
            ["2001:db8::1", "192.0.2.2"], sessions.Select(session => session.GetProperty("address").GetString()));
        Assert.Equal(
            [new string('x', 500), "Laptop/2"],
            sessions.Select(session => session.GetProperty("userAgent").GetString()));
        Assert.Equal([false, true], sessions.Select(session => session.GetProperty("current").GetBoolean()));
        foreach (var session in sessions)
        {
            Assert.Equal(7, session.GetProperty("sessionId").GetGuid().Version);
            Assert.Equal(
                TimeSpan.FromDays(14), TimeOf(session, "expiresAt") - TimeOf(session, "lastUsedAt"));
        }

        Assert.Equal(TimeOf(sessions[0], "createdAt"), TimeOf(sessions[0], "lastUsedAt"));
        Assert.True(TimeOf(sessions[1], "lastUsedAt") - TimeOf(sessions[1], "createdAt") >= TimeSpan.FromMinutes(2));
        Assert.True(phone.TryGetProperty("refreshToken", out _));
    }

    [Fact]
    public async Task Sessions_come_in_pages_newest_first_without_those_that_ran_out()
    {
        var customer = await SignUpAsync();
        Shop.Clock.Advance(TimeSpan.FromDays(14));
        Session? newest = null;
        for (var i = 0; i < 3; i++)
            newest = await OpenSessionAsync(customer.Email);

        var client = newest!.Client(Shop);
        var path = $"/users/{customer.UserId}/sessions?limit=2";
        var first = (await client.GetAsync(path)).Expect(HttpStatusCode.OK);
        var second = (await client.GetAsync($"{path}&cursor={first["nextCursor"]}")).Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, second["nextCursor"].ValueKind);
        var ids = first["items"].EnumerateArray().Concat(second["items"].EnumerateArray())
            .Select(session => session.GetProperty("sessionId").GetString()).ToList();
        Assert.Equal(3, ids.Count);
        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), ids);
        (await client.GetAsync($"{path}&cursor=nonsense")).ExpectInvalid("cursor");
    }

    [Fact]
    public async Task A_session_of_before_was_last_used_when_it_was_opened_as_far_as_is_known()
    {
        var customer = await SignUpAsync();
        await Shop.ExecuteAsync(
            "update identity.sessions set last_used_at = null, address = null, user_agent = null "
            + $"where user_id = {customer.UserId}");
        var session = (await customer.GetAsync($"/users/{customer.UserId}/sessions")).Expect(
            HttpStatusCode.OK)["items"][0];
        Assert.Equal(TimeOf(session, "createdAt"), TimeOf(session, "lastUsedAt"));
        Assert.Equal(JsonValueKind.Null, session.GetProperty("address").ValueKind);
        Assert.Equal(JsonValueKind.Null, session.GetProperty("userAgent").ValueKind);
    }

    [Fact]
    public async Task Nobody_elses_sessions_are_listed()
    {
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());
        var path = $"/users/{customer.UserId}/sessions";
        (await other.GetAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        var seen = (await Admin.GetAsync(path)).Expect(HttpStatusCode.OK)["items"].EnumerateArray().Single();
        Assert.False(seen.GetProperty("current").GetBoolean());
        (await Admin.GetAsync("/users/999999/sessions")).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    private static DateTimeOffset TimeOf(JsonElement session, string member) =>
        session.GetProperty(member).GetDateTimeOffset();

    private async Task<JsonElement> SendAsync(string path, object body, string address, string userAgent)
    {
        using var http = Shop.CreateClient();
        http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        http.DefaultRequestHeaders.Add("User-Agent", userAgent);
        using var answer = await http.PostAsJsonAsync($"/api/v1{path}", body);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
