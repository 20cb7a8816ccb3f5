using Shop.Messages;

namespace Shop.Ordering.Contracts;

public static class OrderErrors
{
    /// <summary>
    /// Also for another user's order, rather than 403: ids tell nothing. The value is the order's id.
    /// </summary>
    public static readonly DocumentedError<Guid> NotFound =
        new("orders.not_found", 404, orderId => $"There is no order {orderId}.");

    /// <summary>The value is the name of the order's status.</summary>
    public static readonly DocumentedError<string> NotPayable =
        new("orders.not_payable", 409, status => $"The order is {status}.", "orderStatus");

    /// <summary>The value is the name of the order's status.</summary>
    public static readonly DocumentedError<string> NotCancellable =
        new("orders.not_cancellable", 409, status => $"The order is {status}.", "orderStatus");

    /// <summary>The value is the name of the order's status.</summary>
    public static readonly DocumentedError<string> NotRefundable =
        new("orders.not_refundable", 409, status => $"The order is {status}.", "orderStatus");

    /// <summary>The value has every product of which there is less to refund.</summary>
    public static readonly DocumentedError<IReadOnlyList<RefundExcess>> RefundExceeds =
        new("orders.refund_exceeds", 409, _ => "More is to be refunded than the order still has.", "excesses");

    /// <summary>The value is the name of the order's status.</summary>
    public static readonly DocumentedError<string> NotFulfillable =
        new("orders.not_fulfillable", 409, status => $"The order is {status}.", "orderStatus");

    /// <summary>The value has every product that was named and is not in the cart.</summary>
    public static readonly DocumentedError<IReadOnlyList<long>> NotInCart = new(
        "orders.not_in_cart", 404, productIds => $"Not in the cart: {string.Join(", ", productIds)}.", "productIds");

    public static readonly DocumentedError<(long ExpectedTotal, long TotalAmount)> TotalChanged = new(
        "orders.total_changed",
        409,
        total => $"The order comes to {total.TotalAmount} KRW, not to {total.ExpectedTotal}.",
        total => [("expectedTotal", total.ExpectedTotal), ("totalAmount", total.TotalAmount)]);

    public static readonly DocumentedError EmptyCart = new("orders.empty_cart", 409, "There is nothing in the cart.");

    public static readonly DocumentedError<int> TooManyLines = new(
        "orders.too_many_lines",
        409,
        maximum => $"An order has at most {maximum} lines, a cart as many products.",
        "maximum");

    public static readonly DocumentedError<int> TooManyOpen =
        new("orders.too_many_open", 409, maximum => $"At most {maximum} orders may wait for their payment.", "maximum");
}

/// <param name="Refundable">Bought pieces that are not refunded; 0 for a product that is not in the order.</param>
public sealed record RefundExcess(long ProductId, long Requested, int Refundable);
