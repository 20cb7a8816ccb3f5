using Shop.BuildingBlocks.Exports;

namespace Shop.Ordering.Orders;

/// <summary>The data of Ordering about a user, for an export.</summary>
internal static class OrderPersonalData
{
    public static IReadOnlyList<PersonalData> All { get; } =
    [
        new("cart", """
            select product_id, quantity, added_at from ordering.cart_items where user_id = @userId order by product_id
            """),
        new("orders", """
            select order_id, status, items_amount, discount_amount, total_amount, user_coupon_id, payment_id,
                refunded_amount, fulfilled_at, fulfilment_reference, cancel_reason, created_at, expires_at, closed_at, (
                    select json_agg(json_build_object('amount', amount, 'reason', reason, 'refundedAt', refunded_at)
                        order by number)
                    from ordering.refunds r where r.order_id = o.order_id) as refunds, (
                    select json_agg(json_build_object('productId', product_id, 'name', name, 'unitPrice', unit_price,
                        'quantity', quantity) order by line)
                    from ordering.order_lines l where l.order_id = o.order_id) as items
            from ordering.orders o where user_id = @userId order by order_id
            """),
    ];
}
