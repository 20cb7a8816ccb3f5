using Shop.BuildingBlocks.Audit;

namespace Shop.Catalog.Stock;

/// <summary>What the audit holds stock, its movements and its reservations to.</summary>
internal static class StockChecks
{
    public static IReadOnlyList<AuditCheck> All { get; } =
    [
        new("catalog.stock-is-sum-of-movements", "Every product's stock on hand is the sum of its movements.", """
            select format('product %s: on hand %s, sum of the movements %s', product_id, coalesce(s.on_hand::text, 'missing'), coalesce(m.total, 0))
            from catalog.products
            left join catalog.stock s using (product_id)
            full join (select product_id, sum(delta) as total from catalog.stock_movements group by product_id) m using (product_id)
            where s.on_hand is null or s.on_hand <> coalesce(m.total, 0)
            """),

        // Newest first, as the index has it.
        new("catalog.movements-follow", "Every stock movement's onHandAfter is the one before plus its delta.", """
            select format('movement %s of product %s: %s after %s and %s', movement_id, product_id, on_hand_after, on_hand_before, delta)
            from (
                select movement_id, product_id, delta, on_hand_after,
                    lead(on_hand_after, 1, 0::bigint) over (partition by product_id order by movement_id desc) as on_hand_before
                from catalog.stock_movements) m
            where on_hand_after <> on_hand_before::numeric + delta
            """),

        new("catalog.reserved-is-sum-of-reservations", "What a product has reserved is the sum of its open reservations.", """
            select format('product %s: reserved %s, sum of the open reservations %s', product_id, coalesce(s.reserved::text, 'missing'), coalesce(r.total, 0))
            from catalog.stock s
            full join (select product_id, sum(quantity) as total from catalog.reservations where state = 'RESERVED' group by product_id) r using (product_id)
            where s.reserved is null or s.reserved <> coalesce(r.total, 0)
            """),

        new("catalog.no-negative-stock", "No stock is negative or ever was, and no more is reserved than is on hand.", """
            select format('product %s: on hand %s, reserved %s', product_id, on_hand, reserved) from catalog.stock
            where on_hand < 0 or reserved < 0 or reserved > on_hand
            union all
            select format('movement %s of product %s: on hand after it %s', movement_id, product_id, on_hand_after) from catalog.stock_movements
            where on_hand_after < 0
            """),

        new("catalog.sales-have-movements", "What was sold left the stock once, and what was returned came back once; nothing else did.", """
            select format('product %s of order %s: %s x %s, sold %s in %s movements, returned %s in %s',
                product_id, order_id, coalesce(r.quantity, 0), coalesce(r.state, 'not reserved'),
                coalesce(-m.sold, 0), coalesce(m.sales, 0), coalesce(m.returned, 0), coalesce(m.returns, 0))
            from catalog.reservations r
            full join (
                select order_id, product_id,
                    count(*) filter (where type = 'SALE') as sales, sum(delta) filter (where type = 'SALE') as sold,
                    count(*) filter (where type = 'RETURN') as returns, sum(delta) filter (where type = 'RETURN') as returned
                from catalog.stock_movements where order_id is not null group by order_id, product_id) m using (order_id, product_id)
            where coalesce(m.sales, 0) <> case when r.state in ('SOLD', 'RETURNED') then 1 else 0 end
                or coalesce(-m.sold, 0) <> case when r.state in ('SOLD', 'RETURNED') then r.quantity else 0 end
                or coalesce(m.returns, 0) <> case r.state when 'RETURNED' then 1 else 0 end
                or coalesce(m.returned, 0) <> case r.state when 'RETURNED' then r.quantity else 0 end
            """),
    ];
}
