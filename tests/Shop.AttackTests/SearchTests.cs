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
    private const int QueueLength = 64;
    private const int FloodPerSecond = 400;
    private const int FloodAtOnce = 3 * QueueLength;

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

    [Fact]
    [Trait(Slice.Name, Slice.EveryChange)]
    public async Task Searches_of_one_network_leave_room_for_another()
    {
        using var person = Network.Client(Host.Address, Network.Number(1_000));
        var (flood, searches) = (new Tally(), new Tally());

        await WithstandAsync(async ct =>
        {
            // Its sample is 10,100 rows, none of which has the word.
            var flooding = Load.RunAsync(FloodPerSecond, FloodAtOnce, _ => Attacker.SendAsync(
                HttpMethod.Get, "/products?q=nowhere&sort=PRICE_ASC&limit=100"), ct);
            while (!ct.IsCancellationRequested)
                searches.Count(await person.SendAsync(HttpMethod.Get, $"/products?q={AttackedShop.RareWord}"));
            flood = await flooding;
        });

        Tell($"flood: {flood}");
        Tell($"another network: {searches}");
        flood.AssertOnly(200, 422, 503);
        Assert.True(flood[503] > QueueLength, $"{flood}");
        // It always has a place: none is refused. A slow machine may end one at its time limit.
        searches.AssertOnly(200, 422);
        Assert.True(searches[200] > searches[422], $"{searches}");
    }
}
