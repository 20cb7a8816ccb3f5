using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Catalog.Contracts;
using Shop.Coupons.Contracts;
using Shop.Ordering.Carts;
using Shop.Ordering.Contracts;
using Shop.Wallet.Contracts;

namespace Shop.Ordering.Orders;

/// <summary>Locks what new orders are decided against, and writes the orders that came of it: for placing and for checking out.</summary>
internal sealed class OrderBook(
    Db db, Outbox outbox, OpenOrdersReader openOrders, CartSheets cartSheets, ICouponSheets couponSheets,
    IStockSheets stockSheets, IWalletSheets walletSheets)
{
    private const string InsertOrders = """
        insert into ordering.orders
            (order_id, user_id, status, items_amount, discount_amount, total_amount, user_coupon_id, payment_id, created_at, expires_at, closed_at)
        select order_id, user_id, status, items_amount, discount_amount, items_amount - discount_amount, user_coupon_id, payment_id, created_at, expires_at,
            closed_at
        from unnest(@orders, @users, @statuses, @items_amounts, @discounts, @coupons, @payments, @created, @expires, @closed)
            as o (order_id, user_id, status, items_amount, discount_amount, user_coupon_id, payment_id, created_at, expires_at, closed_at)
        """;

    private const string InsertLines = """
        insert into ordering.order_lines (order_id, line, product_id, name, unit_price, quantity)
        select order_id, line, product_id, name, unit_price, quantity
        from unnest(@orders, @lines, @products, @names, @prices, @quantities) as l (order_id, line, product_id, name, unit_price, quantity)
        """;

    /// <summary>
    /// Locks in the order of the house: users, carts, coupons, stock, wallets. Carts tell which products are wanted, so
    /// they are a round trip of their own where there are any; the rest is queued.
    /// </summary>
    /// <param name="paidAtOnce">Whether wallets are locked; otherwise they are read, and open orders count.</param>
    public async Task<PlacingSheets> LockAsync(
        IReadOnlyList<OrderRequest> requests, bool paidAtOnce, CancellationToken ct)
    {
        long[] users = [.. requests.Select(request => request.UserId)];
        var open = paidAtOnce ? null : openOrders.Lock(users);
        var carts = cartSheets.Lock([.. requests.Where(request => request.IsFromCart).Select(request => request.UserId)]);
        if (requests.Any(request => request.IsFromCart))
            await db.FlushAsync(ct);

        var coupons = couponSheets.Lock([.. requests.Select(request => request.UserCouponId).OfType<long>()]);
        var products = requests.SelectMany(request => request.IsFromCart
            ? carts.OrderableOf(request.UserId).Select(item => item.ProductId)
            : request.Items!.Select(item => item.ProductId));
        var stock = stockSheets.Lock([.. products]);
        var wallets = paidAtOnce ? walletSheets.Lock(users) : walletSheets.Read(users);
        return new PlacingSheets(open, carts, coupons, stock, wallets, db.QueueNow());
    }

    /// <summary>Queues the orders with everything that they took, save the money.</summary>
    public void Post(PlacingSheets sheets, List<Order> orders)
    {
        if (orders.Count == 0)
            return;
        sheets.Carts.Post();
        sheets.Coupons.Post();
        sheets.Stock.Post();
        db.QueueWrite(
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
            ("closed", orders.ConvertAll(order => order.ClosedAt)));

        var lines = orders.SelectMany(order => order.Items.Select((item, line) => (order.OrderId, Line: line + 1, Item: item))).ToList();
        db.QueueWrite(
            InsertLines,
            lines.Count,
            ("orders", lines.ConvertAll(line => line.OrderId)),
            ("lines", lines.ConvertAll(line => line.Line)),
            ("products", lines.ConvertAll(line => line.Item.ProductId)),
            ("names", lines.ConvertAll(line => line.Item.Name)),
            ("prices", lines.ConvertAll(line => line.Item.UnitPrice)),
            ("quantities", lines.ConvertAll(line => line.Item.Quantity)));

        foreach (var order in orders.Where(order => order.Status == OrderStatus.Paid))
            outbox.Publish(new OrderPaid(order));
    }
}
