using Shop.Catalog.Contracts;
using Shop.Coupons.Contracts;
using Shop.Ordering.Carts;
using Shop.Ordering.Contracts;
using Shop.Ordering.Orders.Refunding;
using Shop.Payments.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders.Placing;

/// <summary>The state that new orders are decided against: locked rows in memory.</summary>
/// <param name="Open">Open orders to count new ones against, or null where orders are paid at once.</param>
internal sealed record LockedForOrdering(
    QueuedValue<DateTimeOffset> Clock,
    OpenOrders? Open,
    LockedCarts Carts,
    ILockedCoupons Coupons,
    ILockedStock Stock,
    IReadWallets Wallets)
{
    public DateTimeOffset Now => Clock.Value;

    /// <summary>The items as a coupon is quoted for them.</summary>
    public IReadOnlyList<QuotedItem> Quoted(IReadOnlyList<OrderItem> items) =>
        [.. items.Select(item => new QuotedItem(item.ProductId, Stock.CategoriesOf(item.ProductId), item.Amount))];
}

/// <summary>
/// Decides orders in order of arrival: pieces of one are gone for the next. Where several errors hold the first
/// wins: user, empty cart, not in the cart, lines, open orders, product, for sale, limit, stock, coupon, total,
/// balance.
/// </summary>
/// <param name="sells">Whether orders are paid in this transaction: goods and coupon leave at once.</param>
internal sealed class OrderDecider(LockedForOrdering locked, TimeSpan paymentWindow, bool sells)
{
    /// <summary>Errors of quotes, and of orders and checkouts too.</summary>
    public static readonly IReadOnlyList<ErrorKind> QuoteErrors =
    [
        WalletErrors.UserNotFound,
        OrderErrors.EmptyCart,
        OrderErrors.NotInCart,
        OrderErrors.TooManyLines,
        CatalogErrors.ProductNotFound,
        CatalogErrors.NotForSale,
        CatalogErrors.PurchaseLimitExceeded,
        CatalogErrors.OutOfStock,
        .. CouponErrors.Ineligible,
    ];

    /// <summary>Errors of orders and checkouts.</summary>
    public static readonly IReadOnlyList<ErrorKind> Errors =
        [.. QuoteErrors, OrderErrors.TotalChanged, PaymentErrors.InsufficientBalance];

    /// <param name="placedBy">Null: the customer.</param>
    /// <returns>The order with all that was taken for it: the caller keeps or undoes it.</returns>
    public Result<Order> Decide(OrderRequest request, OrderActor? placedBy = null)
    {
        if (!locked.Wallets.Has(request.UserId))
            return WalletErrors.UserNotFound.Of(request.UserId);
        if (request.IsFromCart && locked.Carts.ItemsOf(request.UserId).Count == 0)
            return OrderErrors.EmptyCart.Of();
        if (locked.Carts.MissingOf(request) is { Count: > 0 } missing)
            return OrderErrors.NotInCart.Of(missing);
        if (request.IsFromCart && locked.Carts.HasTooMany(request))
            return OrderErrors.TooManyLines.Of(LineLimits.Lines);
        var items = request.IsFromCart ? locked.Carts.ItemsOf(request) : Lines(request.Items!);
        if (locked.Open?.IsFull(request.UserId, locked.Now) is true)
            return OrderErrors.TooManyOpen.Of(locked.Open.Maximum);

        var order = New(request.UserId, placedBy);
        if (Take(order, items) is { } unavailable)
            return unavailable;
        order = order with { Items = [.. items.Select(Price)] };
        var amount = order.Items.Sum(item => item.Amount);
        order = order with { ItemsAmount = amount, TotalAmount = amount };
        if (ApplyCoupon(ref order, request) is { } ineligible)
            return Undo(order, ineligible);
        return request.ExpectedTotal is { } expected && expected != order.TotalAmount
            ? Undo(order, OrderErrors.TotalChanged.Of((expected, order.TotalAmount)))
            : order;
    }

    /// <summary>The order stands: its items leave the cart, and it counts.</summary>
    public Order Keep(OrderRequest request, Order order)
    {
        locked.Open?.Add(order.UserId, order.ExpiresAt);
        if (request.IsFromCart)
            locked.Carts.Remove(request.UserId, locked.Carts.ItemsOf(request));
        if (request.IsFromCart && order.Status == OrderStatus.Created)
            locked.Carts.ReturningOrders.Add(order.OrderId);
        return order;
    }

    /// <summary>Gives back all that was taken for the order.</summary>
    public Error Undo(Order order, Error error)
    {
        GiveBack(order);
        return error;
    }

    /// <inheritdoc cref="Undo"/>
    public void GiveBack(Order order)
    {
        locked.Coupons.Undo(order.OrderId);
        locked.Stock.Undo(order.OrderId);
    }

    // The same product twice is one line with the sum, in the place where it came first.
    private static List<ItemQuantity> Lines(IReadOnlyList<RequestedItem> items) =>
        [
            .. items.GroupBy(item => item.ProductId)
                .Select(product => new ItemQuantity(product.Key, product.Sum(item => item.Quantity))),
        ];

    private Error? Take(Order order, IReadOnlyList<ItemQuantity> items)
    {
        if (items.FirstOrDefault(item => locked.Stock.Find(item.ProductId) is null) is { } unknown)
            return CatalogErrors.ProductNotFound.Of(unknown.ProductId);
        long[] stopped = [.. items.Select(item => item.ProductId).Where(id => !locked.Stock.IsForSale(id, locked.Now))];
        if (stopped.Length > 0)
            return CatalogErrors.NotForSale.Of(stopped);
        if (locked.Stock.Exceeded(order.UserId, items) is { Count: > 0 } limits)
            return CatalogErrors.PurchaseLimitExceeded.Of(limits);
        var shortages = sells
            ? locked.Stock.TrySell(order.OrderId, order.UserId, items)
            : locked.Stock.TryReserve(order.OrderId, order.UserId, items);
        return shortages.Count > 0 ? CatalogErrors.OutOfStock.Of(shortages) : null;
    }

    private Error? ApplyCoupon(ref Order order, OrderRequest request)
    {
        if (request.UserCouponId is not { } userCouponId)
            return null;
        var quote = locked.Coupons.Quote(userCouponId, request.UserId, locked.Quoted(order.Items), locked.Now);
        if (quote.Ineligibility == Ineligibility.Expired && request.IfCouponExpired == ExpiredCoupon.Ignore)
            return null;
        if (CouponErrors.Of(userCouponId, quote) is { } error)
            return error;

        if (sells)
            locked.Coupons.Redeem(userCouponId, order.OrderId);
        else
            locked.Coupons.Reserve(userCouponId, order.OrderId);
        order = order with
        {
            UserCouponId = userCouponId,
            Items = RefundAmounts.Share(order.Items, quote.Discount, quote.InScope),
            DiscountAmount = quote.Discount,
            TotalAmount = order.ItemsAmount - quote.Discount,
        };
        return null;
    }

    private OrderItem Price(ItemQuantity item)
    {
        var product = locked.Stock.Find(item.ProductId)!;
        return new OrderItem(
            product.ProductId, product.Name, product.Price, item.Quantity, product.Price * item.Quantity,
            DiscountAmount: 0);
    }

    private Order New(long userId, OrderActor? placedBy) => new(
        Guid.CreateVersion7(locked.Now), userId, OrderStatus.Created,
        Items: [], ItemsAmount: 0, DiscountAmount: 0, TotalAmount: 0,
        UserCouponId: null, PaymentId: null,
        CreatedAt: locked.Now, ExpiresAt: locked.Now + paymentWindow, ClosedAt: null,
        PlacedBy: placedBy);
}
