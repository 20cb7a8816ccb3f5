using System.Text.Json;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>Sign-ins, 30 a second with one account: each is a password hash of tens of milliseconds.</summary>
public sealed class SignInTests(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    private const int PerSecond = 30;
    private const int AtOnce = 200;

    [Fact]
    public async Task Sign_ins_with_one_account_hold_nobody_up()
    {
        var account = await Shop.CustomerAsync(Host);

        var tally = await WithstandAsync(
            PerSecond, AtOnce, _ => SignInAsync(Attacker, account.Email, AttackedShop.Password));

        Assert.True(tally.Total >= 2 * PerSecond, $"{tally}");
        tally.AssertOnly(200, 429);
        Assert.True(tally[200] > 0, $"{tally}");
    }

    [Fact]
    public async Task Wrong_passwords_hold_nobody_up_and_lock_nobody_else_out()
    {
        var account = await Shop.CustomerAsync(Host);

        var tally = await WithstandAsync(
            PerSecond, AtOnce, _ => SignInAsync(Attacker, account.Email, "guessed at random"));

        Assert.True(tally.Total >= 2 * PerSecond, $"{tally}");
        tally.AssertOnly(401, 429);
        Assert.True(tally[429] > tally[401], $"{tally}");

        // The account's owner is elsewhere.
        using var owner = Network.Client(Host.Address, Network.Number(1_000));
        Assert.Equal(200, await SignInAsync(owner, account.Email, AttackedShop.Password));
    }

    private static Task<int> SignInAsync(HttpClient http, string email, string password) =>
        http.SendAsync(HttpMethod.Post, "/sessions", JsonSerializer.Serialize(new { email, password }));
}
