using System.Text.Json;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>Sign-ins, with one account and with many: each is a password hash of tens of milliseconds.</summary>
public sealed class SignInTests(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    private const int PerSecond = 30;
    private const int AtOnce = 200;
    private const int QueueLength = 64;
    private const int FloodingNetworks = 8;
    private const int FloodPerSecond = 400;
    private const int FloodAtOnce = 3 * QueueLength;

    private protected override Dictionary<string, string> Settings => new()
    {
        ["Identity:Passwords:QueueLength"] = $"{QueueLength}",
    };

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
    [Trait(Slice.Name, Slice.EveryChange)]
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

    [Fact]
    public async Task Sign_ins_from_eight_networks_leave_room_for_a_ninth()
    {
        var flood = Enumerable.Range(0, FloodingNetworks)
            .Select(i => Network.Client(Host.Address, Network.Number(i)))
            .ToList();
        using var person = Network.Client(Host.Address, Network.Number(1_000));
        var account = await Shop.CustomerAsync(Host);
        var (refused, signIns) = (new Tally(), new Tally());

        await WithstandAsync(async ct =>
        {
            var flooding = Load.RunAsync(FloodPerSecond, FloodAtOnce, SignInUnknownAsync, ct);
            while (!ct.IsCancellationRequested)
                signIns.Count(await SignInAsync(person, account.Email, AttackedShop.Password));
            refused = await flooding;
        });

        Tell($"flood: {refused}");
        Tell($"ninth network: {signIns}");
        flood.ForEach(network => network.Dispose());
        refused.AssertOnly(401, 429);
        Assert.True(refused[429] > QueueLength, $"{refused}");
        Assert.True(signIns.Total > 0);
        signIns.AssertOnly(200);

        Task<int> SignInUnknownAsync(int n) =>
            SignInAsync(flood[n % FloodingNetworks], $"{n}@example.net", "guessed at random");
    }

    private static Task<int> SignInAsync(HttpClient http, string email, string password) =>
        http.SendAsync(HttpMethod.Post, "/sessions", JsonSerializer.Serialize(new { email, password }));
}
