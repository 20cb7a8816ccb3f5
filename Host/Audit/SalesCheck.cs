using Shop.BuildingBlocks.Audit;

namespace Shop.Host.Audit;

/// <summary>
/// Ranking's sales against the orders they are counted from, day by day: a payment adds to its day, a refund takes off
/// that same day. An order whose event is still under way to Ranking, in this snapshot, is not counted yet, neither
/// here nor there. The day of a payment follows from Ranking's own record of time zones, not from the configuration of
/// the auditing process.
/// </summary>
internal static class SalesCheck
{
    // The days that every list reaches, as of when they were last computed: those further back are cleared away in
    // their time.
    private const int Days = 30;

    public static AuditCheck Check { get; } = new(
        "shop.sales-are-counted",
        $"The sales of each of the last {Days} days are the lines of the orders paid on it, less those refunded since.",
        $"""
        with under_way as materialized (
            select stream, type, payload -> 'refund' ->> 'refundId' as refund from ordering.outbox
            where type in ('ordering.order-paid', 'ordering.order-partially-refunded', 'ordering.order-refunded')
            union
            select stream, type, payload -> 'refund' ->> 'refundId' from ordering.outbox_failures
            where status <> 'DISCARDED' and handler = 'ranking.count-sales'),
        refunded as materialized (
            select f.order_id, l.product_id, sum(l.quantity) as quantity,
                sum(l.quantity) filter (where u.stream is null) as counted
            from ordering.refunds f
            join ordering.refund_lines l using (refund_id)
            left join under_way u on u.refund = f.refund_id::text
            group by f.order_id, l.product_id),
        window_start as materialized (
            select max((computed_at at time zone time_zone)::date) - {Days - 1} as day
            from ranking.lists join ranking.zones on computed_at >= since and computed_at < until),
        paid as (
            select o.order_id, o.status, (o.paid_at at time zone time_zone)::date as day
            from (
                select o.order_id, o.status, case o.status when 'PAID' then o.closed_at else p.paid_at end as paid_at
                from ordering.orders o
                left join payments.payments p on p.payment_id = o.payment_id
                where o.status in ('PAID', 'REFUNDED')) o
            join ranking.zones on paid_at >= since and paid_at < until),
        counted as (
            select o.order_id, o.day, (p.stream is null)::int as paid,
                (o.status = 'REFUNDED' and r.stream is null)::int as closed
            from paid o
            left join under_way p on p.stream = o.order_id::text and p.type = 'ordering.order-paid'
            left join under_way r on r.stream = o.order_id::text and r.type = 'ordering.order-refunded'
            where o.day >= (select day from window_start)),
        expected as (
            select c.day, l.product_id, sum(
                c.paid * l.quantity::numeric - coalesce(f.counted, 0)
                - c.closed * (l.quantity - coalesce(f.quantity, 0)))
                as quantity
            from counted c
            join ordering.order_lines l using (order_id)
            left join refunded f on f.order_id = l.order_id and f.product_id = l.product_id
            group by c.day, l.product_id),
        sold as (
            select day, product_id, quantity from ranking.daily_sales where day >= (select day from window_start))
        select format('product %s: %s counted on %s, %s sold', product_id, coalesce(s.quantity, 0), day,
            coalesce(e.quantity, 0))
        from sold s
        full join expected e using (day, product_id)
        where coalesce(s.quantity, 0) <> coalesce(e.quantity, 0)
        """);
}
