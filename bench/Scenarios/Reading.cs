using System.Globalization;
using System.Net.Http.Headers;
using Shop.Bench.Load;
using Shop.Bench.Machine;

namespace Shop.Bench.Scenarios;

/// <summary>A read, against a constant JSON of the same size from the same host.</summary>
internal abstract class Reading(string name, string what, string traffic, Target target)
    : Scenario(name, what, "constant JSON", target)
{
    public override async Task<IReadOnlyList<Round>> RunAsync(Stage stage)
    {
        var shop = await stage.ShopAsync();
        var path = await PrepareAsync(stage, shop);
        var size = await SizeAsync(shop, path);
        var rounds = new List<Round>();
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            await stage.Cluster.CheckpointAsync();
            var plan = shop.Plan(traffic, Stage.Connections, stage.Options.WarmUp, stage.Options.Seconds) with
            {
                Path = path,
            };
            var baselineRun = await shop.MeasureAsync(
                plan with { Traffic = Shoppers.Get, Path = ConstantAnswers.PathOf(size) });
            var run = await shop.MeasureAsync(plan);
            rounds.Add(
                new Round(
                    baselineRun.PerSecond,
                    run.PerSecond,
                    run,
                    Notes: new Dictionary<string, double> { ["bytes"] = size }));
        }

        return rounds;
    }

    /// <returns>A path that gives one of the answers.</returns>
    protected abstract Task<string> PrepareAsync(Stage stage, TestedShop shop);

    private static async Task<int> SizeAsync(TestedShop shop, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", shop.Population.AdminToken) },
        };
        using var answer = await shop.Host.Http.SendAsync(request);
        return (await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync()).Length;
    }
}

internal sealed class ProductReading() : Reading(
    "product", "a product by id, at random", Shoppers.GetProduct, new Target(0.4))
{
    protected override Task<string> PrepareAsync(Stage stage, TestedShop shop) =>
        Task.FromResult(
            string.Create(CultureInfo.InvariantCulture, $"/api/v1/products/{shop.Population.Products.First}"));
}

internal sealed class PopularReading() : Reading("popular", "the popular products", Shoppers.Get, new Target(0.8))
{
    // So that there are five to list, whatever was measured before.
    private const int Orders = 100;

    protected override async Task<string> PrepareAsync(Stage stage, TestedShop shop)
    {
        await stage.Cluster.ExecuteAsync(shop.Database, PaidOrders.WithEvents(shop.Population, Orders));
        await shop.DrainAsync();
        await shop.Host.AdminAsync(HttpMethod.Post, "/api/v1/admin/ranking/recompute", shop.Population.AdminToken);
        return "/api/v1/products/popular?days=3&limit=5";
    }
}

internal sealed class BalanceReading() : Reading(
    "balance", "the own balance, 64 users", Shoppers.GetBalance, new Target(0.4))
{
    protected override Task<string> PrepareAsync(Stage stage, TestedShop shop) =>
        Task.FromResult(
            string.Create(
                CultureInfo.InvariantCulture, $"/api/v1/users/{shop.Population.Customers[0].UserId}/balance"));
}
