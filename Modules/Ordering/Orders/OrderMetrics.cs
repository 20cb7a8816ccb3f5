using Shop.BuildingBlocks.Metrics;

namespace Shop.Ordering.Orders;

internal static class OrderMetrics
{
    public static IReadOnlyList<Metric> All { get; } =
    [
        new(
            "ordering.orders",
            MetricKind.Rate,
            "select null, count(*) from ordering.orders where order_id >= @sinceId"),
        new("ordering.unpaid", MetricKind.Level, "select null, count(*) from ordering.orders where status = 'CREATED'"),
    ];
}
