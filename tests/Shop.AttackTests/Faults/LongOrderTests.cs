using Shop.AttackTests.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests.Faults;

/// <summary>Orders of fifty lines: a batch costs as much as it has lines.</summary>
public sealed class LongOrderTests(AttackedShop shop, ITestOutputHelper output) : FaultTest(shop, output)
{
    private const int Buyers = 32;
    private const int Short = 5;
    private const int Long = 50;
    private const int OfOtherTests = 40_000;

    [Theory]
    [InlineData("/checkout")]
    [InlineData("/orders")]
    public async Task Lines_of_long_orders_cost_no_more_than_those_of_short_ones(string path)
    {
        var buyers = await Shop.RegularsAsync(Host, Buyers);
        var client = Client(Host);

        await AssertRatioAsync(() => LinesAsync(Short), () => LinesAsync(Long));
        await UntilDeliveredAsync();
        await AssertConsistentAsync();

        async Task<double> LinesAsync(int lines)
        {
            await using var ordering = new Crowd(Buyers, number => client.SendAsync(
                HttpMethod.Post, path, Order(buyers[number], SomeProducts(lines)), buyers[number]));
            var rate = lines * await RateAsync(() => Task.FromResult(ordering.Successes), 2.5);
            await ordering.LeaveAsync();
            ordering.Answers.AssertOnly(201);
            return rate;
        }
    }

    // Of many products, so that orders do not wait for each other's. Other tests count sales of those before.
    private IEnumerable<long> SomeProducts(int count)
    {
        const int Step = (AttackedShop.Products - OfOtherTests) / Long;
        var first = Shop.FirstProduct + OfOtherTests + Random.Shared.Next(Step);
        return Enumerable.Range(0, count).Select(n => first + n * Step);
    }
}
