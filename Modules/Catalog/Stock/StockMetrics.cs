using Shop.BuildingBlocks.Metrics;

namespace Shop.Catalog.Stock;

internal static class StockMetrics
{
    public static IReadOnlyList<Metric> All { get; } =
    [
        // A row for each product, however much is sold: what orders reserve is counted there, not in the reservations.
        new("catalog.reserved", MetricKind.Level, "select null, coalesce(sum(reserved), 0)::bigint from catalog.stock"),
    ];
}
