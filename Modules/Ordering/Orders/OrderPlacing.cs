using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Database;
using Shop.Catalog.Contracts;
using Shop.Coupons.Contracts;
using Shop.Messages;
using Shop.Ordering.Carts;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders;

/// <summary>What an order is made against: rows in memory, locked by the group that decides.</summary>
/// <param name="Open">Open orders to count new ones against, or null where orders are paid at once.</param>
internal sealed record PlacingSheets(
    OpenOrders? Open, CartSheet Carts, ICouponSheet Coupons, IStockSheet Stock, IWalletSheet Wallets,
    QueuedValue<DateTimeOffset> Now)
{
    public IEnumerable<RowKey> RowsOf(OrderRequest request)
    {
        if (Open is not null)
            yield return OpenOrdersReader.RowOf(request.UserId);
        if (request.IsFromCart)
            yield return CartSheets.RowOf(request.UserId);
        if (request.UserCouponId is { } coupon)
            yield return Coupons.RowOf(coupon);
        foreach (var product in ProductsOf(request))
            yield return Stock.RowOf(product);
        if (Open is null)
            yield return Wallets.RowOf(request.UserId);
    }

    public IEnumerable<long> ProductsOf(OrderRequest request) => request.IsFromCart
        ? Carts.OrderableOf(request.UserId).Select(item => item.ProductId)
        : request.Items!.Select(item => item.ProductId);
}

/// <summary>
/// Decides orders against the sheets, one after the other; what one takes the next no longer finds, and a refusal gives
/// back what it had taken. Where several refusals hold the first wins: user, empty cart, lines, open orders, product,
/// for sale, stock, coupon, minimum amount, balance.
/// </summary>
internal sealed class OrderPlacing(PlacingSheets sheets, TimeSpan paymentWindow, DateTimeOffset now)
{
    /// <returns>The order with everything taken for it: to be kept or undone.</returns>
    public Result<Order> Decide(OrderRequest request)
    {
        if (!sheets.Wallets.Has(request.UserId))
            return Refused.UserNotFound(request.UserId);
        var wanted = request.IsFromCart ? sheets.Carts.ItemsOf(request.UserId) : Lines(request.Items!);
        if (wanted.Count == 0)
            return new Refused("orders.empty_cart", "There is nothing in the cart.");
        if (wanted.Count > LineLimits.Lines)
            return OrderRefusals.TooManyLines();
        if (sheets.Open?.IsFull(request.UserId, now) is true)
            return OrderRefusals.TooManyOpen(sheets.Open.Maximum);

        var orderId = Guid.CreateVersion7(now);
        if (Reserve(orderId, wanted) is { } unavailable)
            return unavailable;
        var order = New(orderId, request.UserId, [.. wanted.Select(Price)]);
        if (Discount(ref order, request) is { } notUsable)
            return Undo(order, notUsable);
        return order;
    }

    /// <summary>The order stands: its cart is emptied, and it counts.</summary>
    public Order Keep(OrderRequest request, Order order)
    {
        sheets.Open?.Add(order.UserId, order.ExpiresAt);
        if (request.IsFromCart)
            sheets.Carts.Empty(request.UserId);
        return order;
    }

    // The same product twice is one line with the sum, in the place where it came first.
    private static List<ItemToReserve> Lines(IReadOnlyList<RequestedItem> items) =>
        [.. items.GroupBy(item => item.ProductId).Select(product => new ItemToReserve(product.Key, product.Sum(item => item.Quantity)))];

    private Refused? Reserve(Guid orderId, IReadOnlyList<ItemToReserve> wanted)
    {
        if (wanted.FirstOrDefault(item => sheets.Stock.Find(item.ProductId) is null) is { } unknown)
            return ProductRefusals.NotFound(unknown.ProductId);
        long[] stopped = [.. wanted.Select(item => item.ProductId).Where(id => !sheets.Stock.Find(id)!.IsForSale)];
        if (stopped.Length > 0)
            return ProductRefusals.NotForSale(stopped);
        var shortages = sheets.Stock.TryReserve(orderId, wanted);
        return shortages.Count > 0 ? ProductRefusals.OutOfStock(shortages) : null;
    }

    private Refused? Discount(ref Order order, OrderRequest request)
    {
        if (request.UserCouponId is not { } userCouponId)
            return null;
        var offer = sheets.Coupons.Offer(userCouponId, request.UserId, order.ItemsAmount, now);
        if (offer.Obstacle == CouponObstacle.Expired && request.IfCouponExpired == ExpiredCoupon.Ignore)
            return null;
        if (offer.Obstacle is { } obstacle)
            return CouponRefusals.Of(userCouponId, obstacle, offer.MinimumOrderAmount);

        sheets.Coupons.Reserve(userCouponId, order.OrderId);
        order = order with { UserCouponId = userCouponId, DiscountAmount = offer.Discount, TotalAmount = order.ItemsAmount - offer.Discount };
        return null;
    }

    private OrderItem Price(ItemToReserve item)
    {
        var product = sheets.Stock.Find(item.ProductId)!;
        return new OrderItem(product.ProductId, product.Name, product.Price, item.Quantity, product.Price * item.Quantity);
    }

    private Order New(Guid orderId, long userId, IReadOnlyList<OrderItem> items)
    {
        var amount = items.Sum(item => item.Amount);
        return new Order(
            orderId, userId, OrderStatus.Created, items, amount, DiscountAmount: 0, TotalAmount: amount, UserCouponId: null, PaymentId: null,
            CreatedAt: now, ExpiresAt: now + paymentWindow, ClosedAt: null);
    }

    public Refused Undo(Order order, Refused refusal)
    {
        sheets.Coupons.Undo(order.OrderId);
        sheets.Stock.Undo(order.OrderId);
        return refusal;
    }
}
