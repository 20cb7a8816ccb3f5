using Shop.BuildingBlocks.Metrics;

namespace Shop.Catalog.Stock;

internal static class StockMetrics
{
    public static IReadOnlyList<Metric> All { get; } =
    [
        // Reads a row for each product, which has the sum of its reservations.
        new("catalog.reserved", MetricKind.Level, "select null, coalesce(sum(reserved), 0)::bigint from catalog.stock"),
        new(
            "catalog.low-stock",
            MetricKind.Level,
            "select null, count(*) from catalog.low_stock where status = 'SELLING'"),
    ];
}
