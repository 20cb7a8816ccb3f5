using Shop.BuildingBlocks.Audit;

namespace Shop.Ordering.Orders;

/// <summary>What the audit holds orders to, as far as they are the module's own.</summary>
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
                select order_id, sum(unit_price::numeric * quantity) as amount
                from ordering.order_lines /*new where order_id >= @orders*/
                group by order_id) l using (order_id)
            where o.items_amount is null or l.amount is null or o.items_amount <> l.amount
                or o.total_amount <> o.items_amount::numeric - o.discount_amount
                or o.discount_amount not between 0 and o.items_amount
                or (o.discount_amount > 0 and o.user_coupon_id is null)
            """),

        new("ordering.coupon-in-one-order", "No user coupon is in two orders that are open or paid.", """
            select format('user coupon %s: orders %s', user_coupon_id,
                string_agg(order_id::text, ', ' order by order_id)) from ordering.orders
            where user_coupon_id is not null and status in ('CREATED', 'PAID')
            group by user_coupon_id having count(*) > 1
            """),
    ];
}
