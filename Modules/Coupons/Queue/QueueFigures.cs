using Shop.BuildingBlocks.Figures;

namespace Shop.Coupons.Queue;

internal static class QueueFigures
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        // A queue is not counted: its length is its last position. The longest queues, by the
        // coupon's number and name.
        new("coupons.line", FigureKind.Level, """
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
