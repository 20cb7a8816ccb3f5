using System.Text.Json.Serialization;

namespace Shop.Ordering.Contracts;

/// <summary>
/// An order as the outside sees it: in answers, in events, at the data platform. Amounts are whole KRW.
/// </summary>
/// <param name="ItemsAmount">The sum of the items' amounts.</param>
/// <param name="TotalAmount">The sum to be paid: the items less the discount.</param>
/// <param name="PaymentId">The last payment tried, also one that failed.</param>
/// <param name="ExpiresAt">Until when it can be paid.</param>
/// <param name="ClosedAt">When it took the status it has, for every status but CREATED.</param>
/// <param name="CancelReason">As it was given when the order was cancelled or refunded.</param>
/// <param name="PlacedBy">The member of staff or the API key that ordered for the customer; null: the customer.</param>
/// <param name="RefundedAmount">The part of the total that is back in the wallet.</param>
/// <param name="FulfilledAt">When it left the house.</param>
/// <param name="FulfilmentReference">The shop's name for the parcel.</param>
/// <param name="Refunds">How many refunds of some of it there were.</param>
public sealed record Order(
    Guid OrderId,
    long UserId,
    OrderStatus Status,
    IReadOnlyList<OrderItem> Items,
    long ItemsAmount,
    long DiscountAmount,
    long TotalAmount,
    long? UserCouponId,
    Guid? PaymentId,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? ClosedAt,
    string? CancelReason = null,
    OrderActor? PlacedBy = null,
    long RefundedAmount = 0,
    DateTimeOffset? FulfilledAt = null,
    string? FulfilmentReference = null,
    [property: JsonIgnore] int Refunds = 0);

/// <param name="Id">The user's number, or the API key's UUID.</param>
public sealed record OrderActor(OrderActorType Type, string Id);

public enum OrderActorType
{
    User,
    ApiKey,
}

/// <param name="Name">The product's name when it was ordered.</param>
/// <param name="UnitPrice">Its price when it was ordered.</param>
/// <param name="Amount">Unit price times quantity.</param>
/// <param name="DiscountAmount">Its share of the order's discount.</param>
/// <param name="RefundedQuantity">How many of it were refunded.</param>
public sealed record OrderItem(
    long ProductId, string Name, long UnitPrice, int Quantity, long Amount, long? DiscountAmount = null,
    int RefundedQuantity = 0);

/// <summary>A refund of some of an order, as the outside sees it. Amounts are whole KRW.</summary>
/// <param name="Restock">Whether the goods come back to the stock.</param>
public sealed record OrderRefund(
    Guid RefundId, Guid OrderId, long Amount, IReadOnlyList<RefundedItem> Items, bool Restock, string Reason,
    DateTimeOffset RefundedAt);

public sealed record RefundedItem(long ProductId, int Quantity, long Amount);

public enum OrderStatus
{
    Created,
    Paid,
    PaymentFailed,
    Cancelled,
    Expired,
    Refunded,
}
