using Shop.BuildingBlocks.Metrics;

namespace Shop.Payments.Payments;

internal static class PaymentMetrics
{
    public static IReadOnlyList<Metric> All { get; } =
    [
        new(
            "payments.payments",
            MetricKind.Rate,
            "select status, count(*) from payments.payments where payment_id >= @sinceId group by status"),
    ];
}
