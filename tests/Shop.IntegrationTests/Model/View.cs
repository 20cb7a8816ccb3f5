using System.Text.Json;

namespace Shop.IntegrationTests.Model;

/// <summary>The model's state as the shop's answers show it, with every member.</summary>
internal static class View
{
    public static object Of(Product product) => new
    {
        productId = product.Id,
        name = product.Name,
        description = (string?)null,
        price = product.Price,
        stock = product.Available,
        status = product.IsForSale ? "SELLING" : "STOPPED",
        categoryIds = Array.Empty<long>(),
        images = Array.Empty<object>(),
        lowStockThreshold = 5,
        sku = (string?)null,
        sellFrom = (DateTime?)null,
        sellUntil = (DateTime?)null,
        maxPerOrder = product.MaxPerOrder,
        maxPerUser = product.MaxPerUser,
    };

    public static object Of(Movement movement) => new
    {
        type = movement.Type,
        delta = movement.Delta,
        onHandAfter = movement.OnHandAfter,
        reason = movement.Reason,
        orderId = movement.Order?.Id,
        occurredAt = movement.At,
    };

    public static object Of(LedgerEntry entry) => new
    {
        type = entry.Type,
        amount = entry.Amount,
        balanceAfter = entry.BalanceAfter,
        reference = entry.Payment?.Id.ToString() ?? entry.Reference,
        occurredAt = entry.At,
    };

    public static object Of(TopUp topUp, DateTime now) => new
    {
        topUpId = topUp.Id,
        userId = topUp.User.Id,
        amount = topUp.Amount,
        status = topUp.StatusAt(now),
        provider = "FAKE",
        checkout = topUp.StatusAt(now) != "PENDING" ? null : new
        {
            url = $"/pay/?orderId={topUp.Id}&amount={topUp.Amount}",
            clientKey = (string?)null,
            orderId = topUp.Id,
            amount = topUp.Amount,
            orderName = "Top-up",
        },
        transactionId = topUp.TransactionId,
        reason = topUp.Status == "FAILED" ? "DECLINED" : null,
        givenBack = 0,
        createdAt = topUp.CreatedAt,
        expiresAt = topUp.ExpiresAt,
    };

    public static object CartOf(User user) => new
    {
        userId = user.Id,
        items = user.Cart.Select(line => new
        {
            productId = line.Product.Id,
            name = line.Product.Name,
            price = line.Product.Price,
            quantity = line.Quantity,
            available = line.Product.IsForSale ? line.Product.Available : 0,
            orderable = ReasonOf(user, line) is null,
            reason = ReasonOf(user, line),
        }),
        itemsAmount = user.Cart.Where(line => ReasonOf(user, line) is null)
            .Sum(line => line.Product.Price * line.Quantity),
    };

    private static string? ReasonOf(User user, CartLine line) =>
        !line.Product.IsForSale ? "NOT_FOR_SALE"
        : line.Product.Available < line.Quantity ? "OUT_OF_STOCK"
        : line.Product.AllowedTo(user) < line.Quantity ? "LIMIT"
        : null;

    public static object Of(Refund refund) => new
    {
        refundId = refund.Id,
        orderId = refund.Order.Id,
        amount = refund.Pieces.Sum(piece => piece.Value),
        items = refund.Pieces.Select(piece => new
        {
            productId = piece.Line.Product.Id,
            quantity = piece.Pieces,
            amount = piece.Value,
        }),
        restock = refund.Restock,
        reason = refund.Reason,
        refundedAt = refund.At,
    };

    /// <summary>The items of an order, of which nothing may be kept yet.</summary>
    public static IEnumerable<object> ItemsOf(Order order) => order.Lines.Select((line, i) => new
    {
        productId = line.Product.Id,
        name = line.Product.Name,
        unitPrice = line.UnitPrice,
        quantity = line.Quantity,
        amount = line.UnitPrice * line.Quantity,
        discountAmount = order.ShareUpTo(i + 1) - order.ShareUpTo(i),
        refundedQuantity = order.Status == "REFUNDED" ? line.Quantity : order.Refunded[i],
    });

    public static object Of(Order order) => new
    {
        orderId = order.Id,
        userId = order.User.Id,
        status = order.Status,
        items = ItemsOf(order),
        itemsAmount = order.ItemsAmount,
        discountAmount = order.Discount,
        totalAmount = order.Total,
        userCouponId = order.Coupon?.Id,
        paymentId = order.Payment?.Id,
        createdAt = order.CreatedAt,
        expiresAt = order.ExpiresAt,
        closedAt = order.ClosedAt,
        cancelReason = order.CancelReason,
        placedBy = order.IsPlacedByAdmin ? new { type = "USER", id = ShopModel.AdminId } : null,
        refundedAmount = order.Status == "REFUNDED" ? order.Total : order.RefundedAmount,
        fulfilledAt = order.FulfilledAt,
        fulfilmentReference = order.FulfilmentReference,
    };

    public static object Of(Payment payment) => new
    {
        paymentId = payment.Id,
        orderId = payment.Order.Id,
        userId = payment.Order.User.Id,
        amount = payment.Order.Total,
        status = payment.PaidAt is null ? "FAILED" : "COMPLETED",
        paidAt = payment.PaidAt,
        refundedAt = payment.RefundedAt,
    };

    public static object Of(Coupon coupon) => new
    {
        couponId = coupon.Id,
        name = coupon.Name,
        discount = DiscountOf(coupon),
        minimumOrderAmount = coupon.MinimumOrderAmount,
        quantity = coupon.Quantity,
        issueFrom = coupon.IssueFrom,
        issueUntil = coupon.IssueUntil,
        validFrom = coupon.ValidFrom,
        validUntil = coupon.ValidUntil,
        scope = (object?)null,
        issuance = "ANY",
        status = coupon.IsStopped ? "STOPPED" : "ACTIVE",
        issued = coupon.Issued,
        remaining = coupon.Quantity - coupon.Issued,
    };

    public static object Of(IssuedCoupon issued, DateTime now) => new
    {
        userCouponId = issued.Id,
        couponId = issued.Coupon.Id,
        name = issued.Coupon.Name,
        discount = DiscountOf(issued.Coupon),
        minimumOrderAmount = issued.Coupon.MinimumOrderAmount,
        status = issued.StatusAt(now),
        scope = (object?)null,
        validFrom = issued.Coupon.ValidFrom,
        validUntil = issued.ValidUntil,
        issuedAt = issued.IssuedAt,
        usedAt = issued.UsedAt,
        orderId = issued.Order?.Id,
    };

    public static object Of(QueueEntry request) => new
    {
        requestId = request.Id,
        couponId = request.Coupon.Id,
        userId = request.User.Id,
        status = request.Status,
        position = request.Status == "WAITING" ? request.SequenceNumber - request.Coupon.LastProcessed : (int?)null,
        userCouponId = request.Issued?.Id,
        reason = request.Reason,
        requestedAt = request.RequestedAt,
        settledAt = request.SettledAt,
    };

    public static JsonElement Json(object? view) => JsonSerializer.SerializeToElement(view, JsonSerializerOptions.Web);

    private static object DiscountOf(Coupon coupon) =>
        new { type = coupon.IsPercent ? "PERCENT" : "FIXED", value = coupon.Value, maxDiscount = coupon.MaxDiscount };
}
