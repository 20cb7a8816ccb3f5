using Shop.BuildingBlocks.Audit;

namespace Shop.Catalog.Stock;

/// <summary>The audit's checks of stock, its movements and its reservations.</summary>
internal static class StockChecks
{
    public static IReadOnlyList<AuditCheck> All { get; } =
    [
        new("catalog.stock-is-sum-of-movements", "Every product's stock on hand is the sum of its movements.", """
            select format('product %s: on hand %s, sum of the movements %s', product_id,
                coalesce(s.on_hand::text, 'missing'), coalesce(m.total, 0))
            from catalog.products
            left join catalog.stock s using (product_id)
            full join (select product_id, sum(delta) as total from catalog.stock_movements
                group by product_id) m using (product_id)
            where s.on_hand is null or s.on_hand <> coalesce(m.total, 0)
            """)
        {
            // A product that sells well has a long history. It was right at the position, and each movement since
            // follows from the one before: then the newest one has the sum.
            New = """
                select format('product %s: on hand %s, after the newest movement %s',
                    product_id, coalesce(s.on_hand::text, 'missing'), coalesce(m.on_hand_after, 0))
                from catalog.products
                left join catalog.stock s using (product_id)
                left join lateral (
                    select on_hand_after from catalog.stock_movements newest
                    where newest.product_id = products.product_id
                    order by movement_id desc limit 1) m on true
                where s.on_hand is null or s.on_hand <> coalesce(m.on_hand_after, 0)
                """,
        },

        // Newest first, as the index has it.
        new("catalog.movements-follow", "Every stock movement's onHandAfter is the one before plus its delta.", """
            select format('movement %s of product %s: %s after %s and %s', movement_id, product_id, on_hand_after,
                on_hand_before, delta)
            from (
                select movement_id, product_id, delta, on_hand_after,
                    lead(on_hand_after, 1, 0::bigint) over (partition by product_id order by movement_id desc)
                        as on_hand_before
                from catalog.stock_movements) m
            where on_hand_after <> on_hand_before::numeric + delta
            """)
        {
            New = """
                select format('movement %s of product %s: %s after %s and %s',
                    movement_id, product_id, on_hand_after, on_hand_before, delta)
                from (
                    select movement_id, product_id, delta, on_hand_after, coalesce((
                        select before.on_hand_after from catalog.stock_movements before
                        where before.product_id = m.product_id and before.movement_id < m.movement_id
                        order by before.movement_id desc limit 1), 0) as on_hand_before
                    from catalog.stock_movements m
                    where movement_id > @movements) m
                where on_hand_after <> on_hand_before::numeric + delta
                """,
        },

        // No older order holds anything: the position is that of the oldest one that is open or has an event under way.
        new(
            "catalog.reserved-is-sum-of-reservations",
            "What a product has reserved is the sum of its reservations.",
            """
            select format('product %s: reserved %s, sum of the reservations %s',
                product_id, coalesce(s.reserved::text, 'missing'), coalesce(r.total, 0))
            from catalog.stock s
            full join (
                select product_id, sum(quantity) as total from catalog.stock_reservations
                /*new where order_id >= @orders*/ group by product_id) r using (product_id)
            where s.reserved is null or s.reserved <> coalesce(r.total, 0)
            """),

        new(
            "catalog.no-negative-stock",
            "No stock is negative or ever was, and no more is reserved than is on hand.",
            """
            select format('product %s: on hand %s, reserved %s', product_id, on_hand, reserved) from catalog.stock
            where on_hand < 0 or reserved < 0 or reserved > on_hand
            union all
            select format('movement %s of product %s: on hand after it %s', movement_id, product_id, on_hand_after)
                from catalog.stock_movements
            where /*new movement_id > @movements and*/ on_hand_after < 0
            """),

        new(
            "catalog.low-stock-is-listed",
            "The list of low stock has each product at or under its threshold with what can be ordered of it, and no "
            + "other.",
            """
            select format('product %s: %s with %s, listed %s with %s', product_id, s.status,
                coalesce(s.stock::text, 'none'), l.status, coalesce(l.stock::text, 'none'))
            from (
                select product_id, p.status, s.on_hand::numeric - s.reserved as stock
                from catalog.stock s join catalog.products p using (product_id)
                where s.on_hand::numeric - s.reserved <= s.low_stock_threshold) s
            full join catalog.low_stock l using (product_id)
            where (s.status, s.stock) is distinct from (l.status, l.stock::numeric)
            """),

        new(
            "catalog.sales-have-movements",
            "What was sold left the stock once, and no more of it came back; nothing else did.",
            """
            select format('product %s of order %s: sold %s in %s movements, returned %s in %s, reserved %s',
                product_id, order_id, m.sold, m.sales, m.returned, m.returns, coalesce(r.quantity, 0))
            from (
                select order_id, product_id,
                    count(*) filter (where type = 'SALE') as sales,
                    count(*) filter (where type = 'SALE' and cause = order_id) as causes,
                    coalesce(-sum(delta) filter (where type = 'SALE'), 0) as sold,
                    count(*) filter (where type = 'RETURN') as returns,
                    coalesce(sum(delta) filter (where type = 'RETURN'), 0) as returned
                from catalog.stock_movements
                where /*new movement_id > @earlierMovements and order_id >= @orders and*/ order_id is not null
                group by order_id, product_id) m
            left join catalog.stock_reservations r using (order_id, product_id)
            where m.sales <> 1 or m.causes <> 1 or m.returned not between 0 and m.sold
                or r.quantity is not null
            /*new union all
            select format('product %s of order %s: %s of %s in movement %s', product_id, order_id, type, delta,
                movement_id)
            from (select * from catalog.stock_movements where movement_id > @movements and order_id < @orders) m
            where case type
                when 'SALE' then exists (
                    select 1 from catalog.stock_reservations r
                    where r.order_id = m.order_id and r.product_id = m.product_id)
                else not exists (
                    select 1 from catalog.stock_movements s
                    where s.cause = m.order_id and s.product_id = m.product_id and s.type = 'SALE'
                        and s.delta <= -m.delta)
                end*/
            """),
    ];
}
