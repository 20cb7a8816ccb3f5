using Shop.BuildingBlocks.Outbox;
using Shop.Catalog.Contracts;
using Shop.Coupons.Contracts;
using Shop.Ordering.Carts;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders.Placing;

/// <summary>Locks what new orders are decided against, and writes those that stand.</summary>
internal sealed class NewOrders(
    Db db,
    Outbox outbox,
    OpenOrdersReader openOrders,
    CartLocks cartLocks,
    ICouponLocks couponLocks,
    IStockLocks stockLocks,
    IWalletLocks walletLocks)
{
    internal const string InsertOrders = """
        insert into ordering.orders
            (order_id, user_id, status, items_amount, discount_amount, total_amount, user_coupon_id, payment_id,
                created_at, expires_at, closed_at, placed_by_type, placed_by_id, returns_to_cart)
        select order_id, user_id, status, items_amount, discount_amount, items_amount - discount_amount,
            user_coupon_id, payment_id, created_at, expires_at,
            closed_at, placed_by_type, placed_by_id, returns_to_cart
        from unnest(@orders, @users, @statuses, @items_amounts, @discounts, @coupons, @payments, @created, @expires,
            @closed, @placed_by_types, @placed_by_ids, @from_cart)
            as o (order_id, user_id, status, items_amount, discount_amount, user_coupon_id, payment_id, created_at,
                expires_at, closed_at, placed_by_type, placed_by_id, returns_to_cart)
        """;

    internal const string InsertLines = """
        insert into ordering.order_lines
            (order_id, line, product_id, name, unit_price, quantity, discount_amount)
        select order_id, line, product_id, name, unit_price, quantity, discount_amount
        from unnest(@orders, @lines, @products, @names, @prices, @quantities, @discounts)
            as l (order_id, line, product_id, name, unit_price, quantity, discount_amount)
        """;

    /// <summary>
    /// Queues the locks in <see cref="LockOrder"/>: users, carts, coupons, stock, wallets. Carts tell which products
    /// are wanted, so they are a round trip of their own where there are any.
    /// </summary>
    /// <param name="counts">Whether the users' open orders are locked and counted.</param>
    /// <param name="wallets">Queues the wallets, locked or read.</param>
    public async Task<(LockedForOrdering Ordering, TWallets Wallets)> LockAsync<TWallets>(
        IReadOnlyList<OrderRequest> requests, bool counts, Func<long[], TWallets> wallets, CancellationToken ct)
        where TWallets : IReadWallets
    {
        long[] users = [.. requests.Select(request => request.UserId)];
        var open = counts ? openOrders.Lock(users) : null;
        var carts = cartLocks.Lock(requests);
        if (requests.Any(request => request.IsFromCart))
            await db.FlushAsync(ct);

        var coupons = couponLocks.Lock([.. requests.Select(request => request.UserCouponId).OfType<long>()]);
        var stock = stockLocks.Lock([.. requests.SelectMany(request => ProductsOf(request, carts))]);
        var read = wallets(users);
        var locked = new LockedForOrdering(db.QueueNow(), open, carts, coupons, stock, read);
        // Sent here, so that limits and scopes are known. Counts are one more statement where there are any, and
        // categories where a coupon is for some alone.
        await db.FlushAsync(ct);
        stockLocks.ReadCounts(stock, requests.SelectMany(request => PurchasesOf(request, carts)));
        if (coupons.NeedCategories)
            stockLocks.ReadCategories(stock);
        return (locked, read);
    }

    /// <summary>Queues the same rows, and the coupons that the user could use, without any lock: for a quote.</summary>
    public async Task<(LockedForOrdering Read, IUsableCoupons Usable)> ReadAsync(
        OrderRequest request, CancellationToken ct)
    {
        var open = openOrders.Read([request.UserId]);
        var carts = cartLocks.Read(request);
        if (request.IsFromCart)
            await db.FlushAsync(ct);

        var usable = couponLocks.Read(request.UserId, request.UserCouponId);
        var stock = stockLocks.Read([.. ProductsOf(request, carts)]);
        var wallets = walletLocks.Read([request.UserId]);
        var read = new LockedForOrdering(db.QueueNow(), open, carts, usable, stock, wallets);
        await db.FlushAsync(ct);
        stockLocks.ReadCounts(stock, PurchasesOf(request, carts));
        if (usable.NeedCategories)
            stockLocks.ReadCategories(stock);
        return (read, usable);
    }

    /// <summary>The rows that an order needs, but for its wallet.</summary>
    public static IEnumerable<RowKey> RowsOf(OrderRequest request, LockedForOrdering locked)
    {
        if (locked.Open is not null)
            yield return OpenOrdersReader.RowOf(request.UserId);
        if (request.IsFromCart)
            yield return new RowKey(CartLocks.Resource, request.UserId);
        if (request.UserCouponId is { } userCoupon)
            yield return new RowKey(ICouponLocks.Resource, userCoupon);
        foreach (var product in ProductsOf(request, locked.Carts))
            yield return new RowKey(IStockLocks.Resource, product);
    }

    /// <summary>Queues the orders with everything that they took but the money.</summary>
    public void Write(LockedForOrdering locked, List<Order> orders)
    {
        if (orders.Count == 0)
            return;
        cartLocks.Write(locked.Carts);
        WriteOrders(orders, locked.Carts.ReturningOrders);
        WriteLines(orders);
        locked.Coupons.Write(locked.Now);
        locked.Stock.Write(locked.Now);
        foreach (var order in orders.Where(order => order.Status == OrderStatus.Paid))
            outbox.Publish(new OrderPaid(order, SoldAtOnce: true));
    }

    private static IEnumerable<(long UserId, long ProductId)> PurchasesOf(OrderRequest request, LockedCarts carts) =>
        ProductsOf(request, carts).Select(product => (request.UserId, product));

    private static IEnumerable<long> ProductsOf(OrderRequest request, LockedCarts carts) => request.IsFromCart
        ? carts.OrderableOf(request).Select(item => item.ProductId)
        : request.Items!.Select(item => item.ProductId);

    private void WriteOrders(List<Order> orders, HashSet<Guid> fromCart) => db.QueueWrite(
        InsertOrders,
        orders.Count,
        ("orders", orders.ConvertAll(order => order.OrderId)),
        ("users", orders.ConvertAll(order => order.UserId)),
        ("statuses", orders.ConvertAll(order => EnumNames.Of(order.Status))),
        ("items_amounts", orders.ConvertAll(order => order.ItemsAmount)),
        ("discounts", orders.ConvertAll(order => order.DiscountAmount)),
        ("coupons", orders.ConvertAll(order => order.UserCouponId)),
        ("payments", orders.ConvertAll(order => order.PaymentId)),
        ("created", orders.ConvertAll(order => order.CreatedAt)),
        ("expires", orders.ConvertAll(order => order.ExpiresAt)),
        ("closed", orders.ConvertAll(order => order.ClosedAt)),
        ("placed_by_types", orders.ConvertAll(order => order.PlacedBy is { } actor ? EnumNames.Of(actor.Type) : null)),
        ("placed_by_ids", orders.ConvertAll(order => order.PlacedBy?.Id)),
        ("from_cart", orders.ConvertAll(order => fromCart.Contains(order.OrderId))));

    private void WriteLines(List<Order> orders)
    {
        var lines = orders
            .SelectMany(order => order.Items.Select((item, index) => (order.OrderId, Line: index + 1, Item: item)))
            .ToList();
        db.QueueWrite(
            InsertLines,
            lines.Count,
            ("orders", lines.ConvertAll(line => line.OrderId)),
            ("lines", lines.ConvertAll(line => line.Line)),
            ("products", lines.ConvertAll(line => line.Item.ProductId)),
            ("names", lines.ConvertAll(line => line.Item.Name)),
            ("prices", lines.ConvertAll(line => line.Item.UnitPrice)),
            ("quantities", lines.ConvertAll(line => line.Item.Quantity)),
            ("discounts", lines.ConvertAll(line => line.Item.DiscountAmount)));
    }
}
