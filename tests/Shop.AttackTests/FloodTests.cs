using Shop.AttackTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>Six hundred requests a second of one caller, over rate limits that a few seconds reach.</summary>
public sealed class FloodTests(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    private const int PerSecond = 600;
    private const int AtOnce = 64;

    private protected override Dictionary<string, string> Settings => new()
    {
        ["RateLimiting:Orders:Permits"] = "300",
        ["RateLimiting:Carts:Permits"] = "300",
        ["RateLimiting:Reads:Permits"] = "600",
    };

    [Fact]
    [Trait(Slice.Name, Slice.EveryChange)]
    public async Task A_flood_of_one_users_orders_holds_nobody_up()
    {
        var customer = await Shop.CustomerAsync(Host);
        var line = $$"""{"productId":{{Shop.FirstProduct + 1}},"quantity":1}""";
        var order = $$"""{"userId":{{customer.UserId}},"items":[{{line}}]}""";
        var cart = $"/users/{customer.UserId}/cart/items";

        var tally = await WithstandAsync(PerSecond, AtOnce, n => (n % 3) switch
        {
            0 => Attacker.SendAsync(HttpMethod.Post, "/orders", order, customer),
            1 => Attacker.SendAsync(HttpMethod.Post, "/checkout", order, customer),
            _ => Attacker.SendAsync(HttpMethod.Post, cart, line, customer),
        });

        AssertLimited(tally, 200, 201, 400, 409, 429);
        Assert.True(tally[201] > 0, $"{tally}");
    }

    [Fact]
    public async Task A_flood_of_one_networks_reads_holds_nobody_up()
    {
        var tally = await WithstandAsync(PerSecond, AtOnce, n => Attacker.SendAsync(HttpMethod.Get, n % 2 == 0
            ? $"/products/{Shop.FirstProduct + n}"
            : $"/products/popular?days={1 + n % 30}&limit={1 + n % 100}"));

        AssertLimited(tally, 200, 429);
        Assert.True(tally[200] > 0, $"{tally}");
    }

    private static void AssertLimited(Tally tally, params int[] statuses)
    {
        tally.AssertOnly(statuses);
        Assert.True(tally.Total >= PerSecond && tally[429] > 0, $"{tally}");
    }
}
