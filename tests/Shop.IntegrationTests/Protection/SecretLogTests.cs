using System.Net;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Protection;

public sealed class SecretLogTests
{
    [Fact]
    public async Task No_password_and_no_token_is_logged_at_any_level()
    {
        const string First = "first-secret-word";
        const string Second = "second-secret-word";
        const string Third = "third-secret-word";
        const string Wrong = "wrong-secret-word";
        const string Email = "whisperer@example.com";
        var log = new CapturedLog();
        await using var host = await ShopHost.StartAsync(settings: null, log.AddTo);
        var anonymous = host.Client();

        var userId = (await anonymous.PostAsync("/users", new { email = Email, password = First, name = "Whisperer" }))
            .Expect(HttpStatusCode.Created)["userId"]
            .GetInt64();
        (await anonymous.PostAsync("/users", new { email = Email, password = First, name = "Whisperer" })).Expect(
            HttpStatusCode.Conflict);
        (await anonymous.PostAsync("/sessions", new { email = Email, password = Wrong })).Expect(
            HttpStatusCode.Unauthorized);
        (await anonymous.SendRawAsync(
            HttpMethod.Post,
            "/sessions",
            $$"""{"email": "{{Email}}", "password": ["{{Wrong}}"]}""")).Expect(HttpStatusCode.BadRequest);
        var tokens = (await anonymous.PostAsync("/sessions", new { email = Email, password = First })).Expect(
            HttpStatusCode.OK);
        var refreshed = (await anonymous.PostAsync(
            "/sessions/refresh", new { refreshToken = TokenOf(tokens, "refreshToken") })).Expect(HttpStatusCode.OK);
        var client = host.Client(TokenOf(refreshed, "accessToken"));
        (await client.PutAsync(
            $"/users/{userId}/password",
            new { currentPassword = First, newPassword = Second })).Expect(HttpStatusCode.NoContent);
        (await anonymous.PostAsync(
            "/sessions/refresh",
            new { refreshToken = TokenOf(refreshed, "refreshToken") })).Expect(HttpStatusCode.Unauthorized);

        var admin = host.Client(TokenOf(
            await anonymous.PostAsync("/sessions", new { email = "admin@shop.local", password = "admin-password" }),
            "accessToken"));
        var reset = (await admin.PostAsync($"/admin/users/{userId}/password-resets")).Expect(HttpStatusCode.Created);
        (await anonymous.PostAsync(
            "/password-resets",
            new { token = TokenOf(reset, "token"), newPassword = Third })).Expect(HttpStatusCode.NoContent);

        string[] secrets =
        [
            First, Second, Third, Wrong, "admin-password",
            new NpgsqlConnectionStringBuilder(host.ConnectionString).Password!,
            TokenOf(tokens, "accessToken"),
            TokenOf(tokens, "refreshToken"),
            TokenOf(refreshed, "accessToken"),
            TokenOf(refreshed, "refreshToken"),
            TokenOf(reset, "token"),
        ];
        Assert.All(secrets, secret => Assert.True(secret.Length > 8));
        Assert.Contains(log.Entries, entry => entry.Text.Contains("/api/v1/sessions", StringComparison.Ordinal));
        Assert.DoesNotContain(
            log.Entries,
            entry => secrets.Any(secret => $"{entry.Text} {entry.Error}".Contains(secret, StringComparison.Ordinal)));
    }

    private static string TokenOf(Answer tokens, string name) => tokens[name].GetString()!;
}
