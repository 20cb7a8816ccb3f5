using Shop.AttackTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>
/// As many cart writes of one account at once as a kind of requests has permits, under the rate limits of Production.
/// They wait for each other behind the account's lock.
/// </summary>
public sealed class CartTests(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    private const int PerSecond = 600;
    private const int AtOnce = 104;
    private const int ConnectionsOfCustomer = 8;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_flood_of_one_accounts_carts_holds_nobody_up()
    {
        var customer = await Shop.CustomerAsync(Host);
        var cart = $"/users/{customer.UserId}/cart/items";

        var tally = await WithstandAsync(PerSecond, AtOnce, n => Attacker.SendAsync(
            HttpMethod.Post, cart, $$"""{"productId":{{Shop.FirstProduct + n % 40}},"quantity":1}""", customer));

        tally.AssertOnly(200, 400, 429, 503);
        Assert.True(tally[200] > 0, $"{tally}");
    }

    /// <summary>The account's lock is held from outside, so that none of the writes can end.</summary>
    [Fact]
    public async Task Carts_that_are_stuck_hold_a_quarter_of_the_pool()
    {
        var customer = await Shop.CustomerAsync(Host);
        var cart = $"/users/{customer.UserId}/cart/items";
        var body = $$"""{"productId":{{Shop.FirstProduct}},"quantity":1}""";

        var most = 0L;
        await WithstandAsync(async ct =>
        {
            var held = await HeldUserLock.TakeAsync(Shop, "ordering.cart-lines", customer.UserId);
            using var timer = new PeriodicTimer(Interval);
            var writes = Enumerable.Range(0, AtOnce)
                .Select(_ => Attacker.SendAsync(HttpMethod.Post, cart, body, customer))
                .ToList();
            while (!ct.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
                most = Math.Max(most, await held.CountWaitersAsync());
            await held.DisposeAsync();
            await Task.WhenAll(writes);
        });

        Tell($"{most} of the account's writes held a connection");
        Assert.InRange(most, 2, ConnectionsOfCustomer);
    }
}
