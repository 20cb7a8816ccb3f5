using System.Text.Json;
using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

/// <summary>
/// An order as every statement of the module reads it, with its lines: one row an order, whatever their number.
/// </summary>
internal sealed record OrderRow(
    Guid OrderId, long UserId, string Status, string Items, long ItemsAmount, long DiscountAmount, long TotalAmount,
    long? UserCouponId, Guid? PaymentId,
    DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? ClosedAt, string? CancelReason,
    string? PlacedByType, string? PlacedById)
{
    public const string Select = """
        select o.order_id, o.user_id, o.status,
            (select json_agg(json_build_object(
                'productId', l.product_id, 'name', l.name, 'unitPrice', l.unit_price, 'quantity', l.quantity,
                'amount', l.unit_price * l.quantity) order by l.line)
            from ordering.order_lines l where l.order_id = o.order_id)::text as items,
            o.items_amount, o.discount_amount, o.total_amount, o.user_coupon_id, o.payment_id, o.created_at,
                o.expires_at, o.closed_at,
            o.cancel_reason, o.placed_by_type, o.placed_by_id
        from ordering.orders o
        """;

    public Order ToOrder() => new(
        OrderId,
        UserId,
        EnumNames.Read<OrderStatus>(Status),
        JsonSerializer.Deserialize<IReadOnlyList<OrderItem>>(Items, JsonSerializerOptions.Web)!,
        ItemsAmount, DiscountAmount, TotalAmount, UserCouponId, PaymentId, CreatedAt, ExpiresAt, ClosedAt,
        CancelReason,
        PlacedByType is null ? null : new OrderActor(EnumNames.Read<OrderActorType>(PlacedByType), PlacedById!));
}
