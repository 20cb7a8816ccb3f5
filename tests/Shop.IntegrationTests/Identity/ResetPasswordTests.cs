using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Identity.Sessions;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class ResetPasswordTests : IdentityTest
{
    private const string New = "battery staple";

    [Fact]
    public async Task A_token_replaces_the_password_once_and_ends_every_session()
    {
        var customer = await SignUpAsync();
        var session = await OpenSessionAsync(customer.Email);
        var bystander = await OpenSessionAsync((await SignUpAsync()).Email);
        var token = await CreateResetTokenAsync(customer.UserId);
        (await ResetAsync(token, New)).Expect(HttpStatusCode.NoContent);

        (await session.ReadAccountAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await session.RefreshAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        (await TrySignInAsync(customer.Email)).ExpectProblem(
            HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        await SignInAsync(customer.Email, New);
        ExpectInvalid(await ResetAsync(token, "another password"));
        await SignInAsync(customer.Email, New);
        Session.Of(await bystander.RefreshAsync(Shop));
    }

    [Fact]
    public async Task What_is_no_open_token_is_401_and_changes_nothing()
    {
        var customer = await SignUpAsync();
        var expired = await CreateResetTokenAsync(customer.UserId);
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        foreach (var token in (string[])[expired, "", "nonsense", "토큰", new string('A', 43), new string('x', 500)])
            ExpectInvalid(await ResetAsync(token, New));

        var admin = (await Session.OfAdminAsync(Shop)).Client(Shop);
        var open = (await CreateResetAsync(admin, customer.UserId))
            .Expect(HttpStatusCode.Created)["token"].GetString()!;
        ExpectInvalid(await ResetAsync(expired, New));
        (await ResetAsync(open, new string('x', 7))).ExpectInvalid("newPassword");
        (await ResetAsync(open, new string('x', 129))).ExpectInvalid("newPassword");
        (await ResetAsync(open, "Password")).ExpectInvalid("newPassword");
        (await ResetAsync(new string('x', 501), New)).ExpectInvalid("token");
        (await Anonymous.PostAsync("/password-resets", new { })).ExpectInvalid("token");
        await SignInAsync(customer.Email, Password);
        (await ResetAsync(open, New)).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_new_password_or_role_and_a_disabled_user_void_an_open_token()
    {
        var customer = await SignUpAsync();
        var token = await CreateResetTokenAsync(customer.UserId);
        (await customer.Client.PutAsync(
            $"/users/{customer.UserId}/password", new { currentPassword = Password, newPassword = New }))
            .Expect(HttpStatusCode.NoContent);
        ExpectInvalid(await ResetAsync(token, "another password"));

        // The maker of a customer's token must not get a later administrator's account by it.
        token = await CreateResetTokenAsync(customer.UserId);
        (await Admin.PatchAsync($"/admin/users/{customer.UserId}", new { role = "ADMIN" })).Expect(HttpStatusCode.OK);
        ExpectInvalid(await ResetAsync(token, "another password"));

        token = await CreateResetTokenAsync(customer.UserId);
        foreach (var status in (string[])["DISABLED", "ACTIVE"])
        {
            (await Admin.PatchAsync($"/admin/users/{customer.UserId}", new { status })).Expect(HttpStatusCode.OK);
            ExpectInvalid(await ResetAsync(token, "another password"));
        }

        await SignInAsync(customer.Email, New);
    }

    [Fact]
    public async Task A_token_used_at_once_on_two_hosts_sets_one_password()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var customer = await SignUpAsync();
        var token = await CreateResetTokenAsync(customer.UserId);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            (i % 2 == 0 ? Shop : other).Client().PostAsync(
                "/password-resets", new { token, newPassword = $"new password {i}" })));

        var winner = Assert.Single(Enumerable.Range(0, 4), i => answers[i].Status == HttpStatusCode.NoContent);
        foreach (var loser in answers.Where((_, i) => i != winner))
            ExpectInvalid(loser);
        await SignInAsync(customer.Email, $"new password {winner}");
    }

    [Fact]
    public async Task Of_a_reset_and_a_change_of_password_at_once_one_succeeds()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var customer = await SignUpAsync();
        var token = await CreateResetTokenAsync(customer.UserId);
        var reset = other.Client().PostAsync("/password-resets", new { token, newPassword = "by reset" });
        var change = customer.Client.PutAsync(
            $"/users/{customer.UserId}/password", new { currentPassword = Password, newPassword = "by change" });
        var (byReset, byChange) = (await reset, await change);

        if (byReset.Status == HttpStatusCode.NoContent)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, byChange.Status);
            await SignInAsync(customer.Email, "by reset");
        }
        else
        {
            ExpectInvalid(byReset);
            byChange.Expect(HttpStatusCode.NoContent);
            await SignInAsync(customer.Email, "by change");
        }
    }

    [Fact]
    public async Task No_session_of_a_sign_in_at_the_same_time_outlives_a_reset()
    {
        var customer = await SignUpAsync();
        var token = await CreateResetTokenAsync(customer.UserId);
        var signIns = Enumerable.Range(0, 4).Select(_ => TrySignInAsync(customer.Email)).ToList();
        (await ResetAsync(token, New)).Expect(HttpStatusCode.NoContent);

        foreach (var signIn in await Task.WhenAll(signIns))
        {
            if (signIn.Status == HttpStatusCode.OK)
                (await Session.Of(signIn).RefreshAsync(Shop)).ExpectProblem(
                    HttpStatusCode.Unauthorized, "identity.invalid_credentials");
            else
                signIn.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        }
    }

    [Fact]
    public async Task A_network_that_is_locked_out_signs_in_again_after_a_reset()
    {
        var customer = await SignUpAsync();
        await FailToSignInAsync(customer.Email, 5);
        ExpectLocked(await TrySignInAsync(customer.Email));
        (await ResetAsync(await CreateResetTokenAsync(customer.UserId), New)).Expect(HttpStatusCode.NoContent);
        await SignInAsync(customer.Email, New);
    }

    [Fact]
    public async Task Resets_that_ran_out_are_cleared_away()
    {
        await CreateResetTokenAsync((await SignUpAsync()).UserId);
        Shop.Clock.Advance(TimeSpan.FromMinutes(30));
        await CreateResetTokenAsync((await SignUpAsync()).UserId);
        Shop.Clock.Advance(TimeSpan.FromMinutes(30));
        await Shop.Services.GetRequiredService<ClearSignIns>().RunOnceAsync(CancellationToken.None);
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from identity.password_resets"));
    }

    private static void ExpectInvalid(Answer answer) =>
        answer.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_token");
}
