using Shop.Bench.Load;
using Shop.Bench.Machine;
using Shop.Bench.Scenarios;

namespace Shop.Bench.Curves;

internal static class AllCurves
{
    // Hand-written SQL needs a connection for each client, and the cluster has 200.
    private const int MaximumBaselineClients = 128;

    public static IReadOnlyList<Curve> InOrder { get; } =
    [
        ByClients("checkout-clients", "Checkouts by clients", "checkout", Shoppers.Checkout),
        ByClients("hot-clients", "Checkouts of one product by clients", "hot", Shoppers.HotCheckout),
        new(
            "lines", "Order lines by lines of an order", "lines of an order", "lines a second", [1, 2, 5, 10, 20, 50],
            async (stage, lines) =>
            {
                var measured = await OrderLines.MeasureAsync(stage, lines);
                return new CurvePoint(lines, measured.Shop, measured.Baseline);
            }),
        ByHosts("checkout-hosts", "Checkouts by hosts on one database", Shoppers.Checkout),
        ByHosts("hot-hosts", "Checkouts of one product by hosts on one database", Shoppers.HotCheckout),
        new(
            "checkout-orders", "Checkouts by orders that are there", "thousand orders", "checkouts a second",
            [0, 1_000, 10_000], ByOrdersAsync),
    ];

    private static Curve ByClients(string name, string title, string script, string traffic) => new(
        name, title, "clients", "checkouts a second", [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
        async (stage, clients) =>
        {
            double? baseline = clients > MaximumBaselineClients
                ? null
                : (await (await stage.BaselineAsync()).MeasureAsync(script, clients, stage.Options.Seconds)).PerSecond;
            return new CurvePoint(clients, await RateAsync(stage, await stage.ShopAsync(), traffic, clients), baseline);
        });

    private static Curve ByHosts(string name, string title, string traffic) => new(
        name, title, "hosts", "checkouts a second", [1, 2, 4],
        async (stage, hosts) =>
        {
            var shop = await stage.ShopAsync($"tested_{name.Replace('-', '_')}");
            await shop.StartHostsAsync(hosts);
            return new CurvePoint(hosts, await RateAsync(stage, shop, traffic, Stage.Connections), Baseline: null);
        });

    private static async Task<CurvePoint> ByOrdersAsync(Stage stage, int thousands)
    {
        var shop = await stage.ShopAsync("tested_orders");
        // A thousand of the shop with a past; of the smoke's few orders, a thousandth of those.
        var missing = (thousands * (stage.Size.OldOrders / 1_000L)) - await stage.Cluster.ScalarAsync<long>(
            shop.Database, "select count(*) from ordering.orders", pooled: false);
        if (missing > 0)
        {
            await stage.Cluster.ExecuteAsync(shop.Database, PaidOrders.Old(shop.Population, (int)missing));
            await stage.Cluster.ExecuteAsync(shop.Database, "vacuum analyze");
        }

        var rate = await RateAsync(stage, shop, Shoppers.Checkout, Stage.Connections);
        return new CurvePoint(thousands, rate, Baseline: null);
    }

    private static async Task<double> RateAsync(Stage stage, TestedShop shop, string traffic, int clients)
    {
        await stage.Cluster.CheckpointAsync();
        var run = await shop.MeasureAsync(
            shop.Plan(traffic, clients, stage.Options.WarmUp / 2, stage.Options.Seconds));
        await shop.DrainAsync();
        if (run.Load.Errors.Count > 0)
            throw new InvalidOperationException($"{clients} clients: {string.Join(", ", run.Load.Errors)}");
        return run.PerSecond;
    }
}
