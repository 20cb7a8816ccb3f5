using Shop.BuildingBlocks.Metrics;

namespace Shop.Coupons.Queue;

internal static class QueueMetrics
{
    public static IReadOnlyList<Metric> All { get; } =
    [
        // A queue is not counted: its length is its last position. The longest queues, by the
        // coupon's number and name.
        new("coupons.line", MetricKind.Level, """
            select format('#%s %s', c.coupon_id, c.name), last.ticket - l.settled_ticket
            from coupons.lines l
            join coupons.coupons c using (coupon_id)
            cross join lateral (select max(r.ticket) as ticket from coupons.requests r where r.coupon_id = l.coupon_id
                and r.status = 'WAITING') last
            where last.ticket is not null
            order by 2 desc limit 20
            """),
    ];
}
