using Shop.BuildingBlocks.Audit;

namespace Shop.Ordering.Orders;

/// <summary>The audit's checks of orders, as far as they are the module's own.</summary>
internal static class OrderChecks
{
    public static IReadOnlyList<AuditCheck> All { get; } =
    [
        new(
            "ordering.amounts-follow-from-lines",
            "Every order has lines, costs what they cost, and less only with a coupon.",
            """
            select format('order %s: lines %s, items %s, discount %s, total %s', order_id,
                coalesce(l.amount::text, 'none'), coalesce(o.items_amount::text, 'no order'), o.discount_amount,
                    o.total_amount)
            from (select * from ordering.orders /*new where order_id >= @orders*/) o
            full join (
                select order_id, sum(unit_price::numeric * quantity) as amount,
                    case when count(discount_amount) = count(*) then sum(discount_amount) end as discount
                from ordering.order_lines /*new where order_id >= @orders*/
                group by order_id) l using (order_id)
            where o.items_amount is null or l.amount is null or o.items_amount <> l.amount
                or o.total_amount <> o.items_amount::numeric - o.discount_amount
                or o.discount_amount not between 0 and o.items_amount
                or (o.discount_amount > 0 and o.user_coupon_id is null) or l.discount <> o.discount_amount
            """),

        new(
            "ordering.refunds-follow-from-lines",
            "An order was refunded as often, as much and of each line as many as its refunds say.",
            """
            select format('order %s: %s of %s refunded in %s, refunds of %s in %s', order_id,
                o.refunded_amount, o.total_amount, o.refunds, coalesce(r.amount, 0), coalesce(r.refunds, 0))
            from (select * from ordering.orders /*new join touched using (order_id)*/) o
            full join (
                select order_id, count(*) as refunds, sum(amount) as amount
                from ordering.refunds /*new join touched using (order_id)*/
                group by order_id) r using (order_id)
            where (o.refunds = coalesce(r.refunds, 0)
                and case o.status when 'PAID' then o.refunded_amount = coalesce(r.amount, 0)
                    when 'REFUNDED' then coalesce(r.amount, 0) <= o.total_amount
                    else coalesce(r.amount, 0) = 0 end) is not true
            union all
            select format('order %s, product %s: %s refunded, %s by its refunds', order_id, product_id,
                coalesce(l.refunded, 0), coalesce(r.quantity, 0))
            from (
                select order_id, product_id, refunded_quantities[line] as refunded
                from ordering.order_lines join ordering.orders using (order_id)
                /*new join touched using (order_id)*/) l
            full join (
                select order_id, product_id, sum(quantity) as quantity
                from ordering.refunds join ordering.refund_lines using (refund_id)
                /*new join touched using (order_id)*/
                group by order_id, product_id) r using (order_id, product_id)
            where coalesce(l.refunded, 0) <> coalesce(r.quantity, 0)
            """),

        new("ordering.coupon-in-one-order", "No user coupon is in two orders that are open or paid.", """
            select format('user coupon %s: orders %s', user_coupon_id,
                string_agg(order_id::text, ', ' order by order_id)) from ordering.orders
            where user_coupon_id is not null and status in ('CREATED', 'PAID')
            group by user_coupon_id having count(*) > 1
            """),
    ];
}
