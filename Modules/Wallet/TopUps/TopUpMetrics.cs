using Shop.BuildingBlocks.Metrics;

namespace Shop.Wallet.TopUps;

internal static class TopUpMetrics
{
    public static IReadOnlyList<Metric> All { get; } =
    [
        new("wallet.top-ups-failed", MetricKind.Rate, """
            select null, count(*) from wallet.top_ups where status = 'FAILED' and settled_at >= @since
            """),

        // Of these a confirm's answer is not known: they are asked about until it is.
        new("wallet.top-ups-unanswered", MetricKind.Level, """
            select null, count(*) from wallet.top_ups where status = 'PENDING' and asked_at is not null
            """),
    ];
}
