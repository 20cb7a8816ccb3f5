using System.Net;
using System.Text.Json.Nodes;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public abstract class IdentityTest : ShopTest
{
    /// <summary>The password of all users of <see cref="ShopTest.SignUpAsync"/>.</summary>
    private protected const string Password = "correct horse";

    private protected Task<Answer> RegisterAsync(string email, string password = Password, string name = "Customer") =>
        Anonymous.PostAsync("/users", new { email, password, name });

    private protected static Task<Answer> CreateUserAsync(ShopClient client, string email, string name = "Customer") =>
        client.PostAsync("/admin/users", new { email, name });

    private protected Task<Answer> TrySignInAsync(string email, string password = Password) =>
        Anonymous.PostAsync("/sessions", new { email, password });

    private protected Task<Answer[]> TrySignInAsync(int times, string email, string password) =>
        Task.WhenAll(Enumerable.Range(0, times).Select(_ => TrySignInAsync(email, password)));

    private protected Task<Session> OpenSessionAsync(string email, string password = Password) =>
        Session.OpenAsync(Shop, email, password);

    private protected static Task<Answer> CreateResetAsync(ShopClient client, long userId) =>
        client.PostAsync($"/admin/users/{userId}/password-resets");

    private protected async Task<string> CreateResetTokenAsync(long userId) =>
        (await CreateResetAsync(Admin, userId)).Expect(HttpStatusCode.Created)["token"].GetString()!;

    private protected Task<Answer> ResetAsync(string token, string newPassword) =>
        Anonymous.PostAsync("/password-resets", new { token, newPassword });

    /// <summary>A client with an API key that has these permissions.</summary>
    private protected async Task<ShopClient> ApiKeyAsync(params string[] permissions) => Shop.Client(
        (await Admin.PostAsync("/admin/api-keys", new { name = "Storefront", permissions }))
        .Expect(HttpStatusCode.Created)["key"].GetString());

    private protected async Task FailToSignInAsync(string email, int times)
    {
        for (var i = 0; i < times; i++)
            (await TrySignInAsync(email, "wrong password")).ExpectProblem(
                HttpStatusCode.Unauthorized, "identity.invalid_credentials");
    }

    private protected static Answer ExpectLocked(Answer answer, int atMost = 300)
    {
        answer.ExpectProblem(HttpStatusCode.TooManyRequests, "identity.locked_out");
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, atMost);
        return answer;
    }

    /// <summary>A problem without the one member that is never the same twice.</summary>
    private protected static string Untraced(Answer problem)
    {
        var members = JsonNode.Parse(problem.Text)!.AsObject();
        members.Remove("traceId");
        return members.ToJsonString();
    }
}

/// <summary>The tokens of one sign-in.</summary>
internal sealed record Session(long UserId, string AccessToken, string RefreshToken)
{
    public static Session Of(Answer tokens) => new(
        tokens.Expect(HttpStatusCode.OK)["userId"].GetInt64(),
        tokens["accessToken"].GetString()!,
        tokens["refreshToken"].GetString()!);

    public static async Task<Session> OpenAsync(ShopHost host, string email, string password) =>
        Of(await host.Client().PostAsync("/sessions", new { email, password }));

    public static Task<Session> OfAdminAsync(ShopHost host) => OpenAsync(host, "admin@shop.local", "admin-password");

    public ShopClient Client(ShopHost host) => host.Client(AccessToken);

    public Task<Answer> ReadAccountAsync(ShopHost host) => Client(host).GetAsync($"/users/{UserId}");

    public Task<Answer> RefreshAsync(ShopHost host) =>
        host.Client().PostAsync("/sessions/refresh", new { refreshToken = RefreshToken });
}
