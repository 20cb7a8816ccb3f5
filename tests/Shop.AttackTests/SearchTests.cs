using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests;

/// <summary>Forty anonymous searchers among 200,000 products.</summary>
public sealed class SearchTests(AttackedShop shop, ITestOutputHelper output) : AttackTest(shop, output)
{
    private const int Searchers = 40;
    private const int PerSecond = 120;

    [Theory]
    [InlineData(AttackedShop.RareWord)]
    [InlineData("nowhere")]
    [InlineData("o")]
    public async Task Searches_hold_nobody_up(string word)
    {
        var searchers = Enumerable.Range(0, Searchers)
            .Select(i => Network.Client(Host.Address, Network.Number(i)))
            .ToList();
        var path = $"/products?q={word}&sort=PRICE_ASC";

        var tally = await WithstandAsync(
            PerSecond, Searchers, n => searchers[n % Searchers].SendAsync(HttpMethod.Get, path));

        searchers.ForEach(searcher => searcher.Dispose());
        Assert.True(tally.Total >= Searchers, $"{tally}");
        // 503 where the places of searches are full, 422 for what is too broad.
        tally.AssertOnly(200, 422, 429, 503);
        Assert.True(tally[200] + tally[422] > 0, $"{tally}");
    }
}
