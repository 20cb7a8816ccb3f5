using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class ChangePasswordTests : IdentityTest
{
    [Fact]
    public async Task A_new_password_replaces_the_old_one_and_ends_every_refresh_token()
    {
        var customer = await SignUpAsync();
        Session[] sessions = [await OpenSessionAsync(customer.Email), await OpenSessionAsync(customer.Email)];
        var bystander = await OpenSessionAsync((await SignUpAsync()).Email);
        (await ChangeAsync(customer, Password, "battery staple")).Expect(HttpStatusCode.NoContent);

        foreach (var session in sessions)
            (await session.RefreshAsync(Shop)).ExpectProblem(
                HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        (await TrySignInAsync(customer.Email)).ExpectProblem(
            HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        var renewed = await OpenSessionAsync(customer.Email, "battery staple");
        Session.Of(await renewed.RefreshAsync(Shop));
        Session.Of(await bystander.RefreshAsync(Shop));
    }

    [Fact]
    public async Task A_change_that_is_refused_changes_nothing()
    {
        var customer = await SignUpAsync();
        var session = await OpenSessionAsync(customer.Email);

        (await ChangeAsync(customer, "wrong password", "battery staple")).ExpectProblem(
            HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        (await ChangeAsync(customer, Password, new string('x', 7))).ExpectInvalid("newPassword");
        (await ChangeAsync(customer, Password, new string('x', 129))).ExpectInvalid("newPassword");
        (await ChangeAsync(customer, Password, "iloveyou")).ExpectInvalid("newPassword");
        (await ChangeAsync(customer, "", "battery staple")).ExpectInvalid("currentPassword");
        var nothing = await customer.Client.PutAsync(PathOf(customer.UserId), new { });
        nothing.ExpectInvalid("currentPassword");
        nothing.ExpectInvalid("newPassword");

        Session.Of(await session.RefreshAsync(Shop));
        await SignInAsync(customer.Email, Password);
    }

    [Fact]
    public async Task A_password_is_changed_by_who_knows_it()
    {
        var customer = await SignUpAsync();
        var other = await SignUpAsync();
        var passwords = new { currentPassword = Password, newPassword = "battery staple" };
        (await other.Client.PutAsync(PathOf(customer.UserId), passwords)).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.PutAsync(PathOf(customer.UserId), passwords)).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await Admin.PutAsync(PathOf(999_999), passwords)).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");

        // An administrator may act for anybody, but an account without a password has none to replace.
        var passwordless = (await Admin.PostAsync(
            "/admin/users", new { email = "passwordless@example.com", name = "None" })).Expect(HttpStatusCode.Created);
        (await Admin.PutAsync(PathOf(passwordless["userId"].GetInt64()), passwords))
            .ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        await SignInAsync(customer.Email, Password);
    }

    [Fact]
    public async Task Of_five_changes_at_once_with_the_same_current_password_one_succeeds()
    {
        var customer = await SignUpAsync();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(i => ChangeAsync(customer, Password, $"new password {i}")));

        var winner = Assert.Single(Enumerable.Range(0, 5), i => answers[i].Status == HttpStatusCode.NoContent);
        foreach (var loser in answers.Where((_, i) => i != winner))
            loser.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        await SignInAsync(customer.Email, $"new password {winner}");
    }

    [Fact]
    public async Task No_refresh_token_of_a_sign_in_at_the_same_time_on_either_host_outlives_a_change()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var customer = await SignUpAsync();
        var signIns = Enumerable.Range(0, 4)
            .Select(i => (i % 2 == 0 ? other : Shop).Client().PostAsync(
                "/sessions", new { email = customer.Email, password = Password }))
            .ToList();
        (await ChangeAsync(customer, Password, "battery staple")).Expect(HttpStatusCode.NoContent);

        foreach (var signIn in await Task.WhenAll(signIns))
        {
            if (signIn.Status == HttpStatusCode.OK)
                (await Session.Of(signIn).RefreshAsync(Shop)).ExpectProblem(
                    HttpStatusCode.Unauthorized, "identity.invalid_credentials");
            else
                signIn.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        }
    }

    private static string PathOf(long userId) => $"/users/{userId}/password";

    private static Task<Answer> ChangeAsync(Customer customer, string currentPassword, string newPassword) =>
        customer.Client.PutAsync(PathOf(customer.UserId), new { currentPassword, newPassword });
}
