using System.Text.Json;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders.Refunding;

namespace Shop.Ordering.Orders;

/// <summary>
/// An order as every statement of the module reads it, with its lines: one row an order, whatever their number.
/// </summary>
internal sealed record OrderRow(
    Guid OrderId, long UserId, string Status, string Items, long ItemsAmount, long DiscountAmount, long TotalAmount,
    long? UserCouponId, Guid? PaymentId,
    DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? ClosedAt, string? CancelReason,
    string? PlacedByType, string? PlacedById, long RefundedAmount, int Refunds, DateTimeOffset? FulfilledAt,
    string? FulfilmentReference)
{
    public const string Select = """
        select o.order_id, o.user_id, o.status,
            (select json_agg(json_build_object(
                'productId', l.product_id, 'name', l.name, 'unitPrice', l.unit_price, 'quantity', l.quantity,
                'amount', l.unit_price * l.quantity, 'discountAmount', l.discount_amount,
                'refundedQuantity', case when o.status = 'REFUNDED' then l.quantity
                    else coalesce(o.refunded_quantities[l.line], 0) end)
                order by l.line)
            from ordering.order_lines l where l.order_id = o.order_id)::text as items,
            o.items_amount, o.discount_amount, o.total_amount, o.user_coupon_id, o.payment_id, o.created_at,
                o.expires_at, o.closed_at,
            o.cancel_reason, o.placed_by_type, o.placed_by_id,
            case when o.status = 'REFUNDED' then o.total_amount else o.refunded_amount end as refunded_amount,
            o.refunds, o.fulfilled_at, o.fulfilment_reference
        from ordering.orders o
        """;

    public Order ToOrder() => new(
        OrderId,
        UserId,
        EnumNames.Read<OrderStatus>(Status),
        ReadItems(),
        ItemsAmount, DiscountAmount, TotalAmount, UserCouponId, PaymentId, CreatedAt, ExpiresAt, ClosedAt,
        CancelReason,
        PlacedByType is null ? null : new OrderActor(EnumNames.Read<OrderActorType>(PlacedByType), PlacedById!),
        RefundedAmount, FulfilledAt, FulfilmentReference, Refunds);

    // Lines of before shares were stored: all were in the scope of the discount.
    private IReadOnlyList<OrderItem> ReadItems()
    {
        var items = JsonSerializer.Deserialize<IReadOnlyList<OrderItem>>(Items, JsonSerializerOptions.Web)!;
        return items.Any(item => item.DiscountAmount is null) ? RefundAmounts.Share(items, DiscountAmount) : items;
    }
}
