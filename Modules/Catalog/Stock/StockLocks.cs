using System.Data.Common;
using Shop.BuildingBlocks.Outbox;
using Shop.Catalog.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>Locks stock, and writes what was decided against it.</summary>
internal sealed class StockLocks(Db db, Outbox outbox) : IStockLocks
{
    private const string SelectStock = """
        select product_id, on_hand, reserved, max_per_order, max_per_user, limit_period, low_stock_threshold
        from catalog.stock
        where product_id = any(@keys)
        order by product_id
        """;

    // Behind the stock's lock, which a change of the product takes too. In the locking statement's own list it would
    // be the product of before the wait: of its rows PostgreSQL reads only the locked ones again.
    internal const string SelectProducts = """
        select product_id, name, price, status = 'SELLING', sell_from, sell_until
        from catalog.products where product_id = any(@products)
        """;

    private static readonly LockStatement LockStock = new(
        LockOrder.Stock,
        IStockLocks.Resource,
        $"{SelectStock} for no key update",
        "select product_id from catalog.stock where product_id = any(@keys)");

    internal const string UpdateStock = """
        update catalog.stock s set on_hand = s.on_hand + c.on_hand, reserved = s.reserved + c.reserved
        from unnest(@products, @on_hand, @reserved) as c (product_id, on_hand, reserved)
        where s.product_id = c.product_id
        """;

    internal const string InsertReservations = """
        insert into catalog.stock_reservations (order_id, product_id, quantity, counted)
        select order_id, product_id, quantity, counted
        from unnest(@orders, @products, @quantities, @counted) as r (order_id, product_id, quantity, counted)
        """;

    internal const string DeleteReservations = """
        delete from catalog.stock_reservations r
        using unnest(@orders, @products, @quantities) as c (order_id, product_id, quantity)
        where r.order_id = c.order_id and r.product_id = c.product_id and r.quantity = c.quantity
        """;

    internal const string InsertMovements = """
        insert into catalog.stock_movements
            (product_id, type, delta, on_hand_after, order_id, cause, counted, occurred_at)
        select product_id, type, delta, on_hand_after, order_id, cause, counted, @now
        from unnest(@products, @types, @deltas, @on_hand_after, @orders, @causes, @counted) with ordinality
            as m (product_id, type, delta, on_hand_after, order_id, cause, counted, position)
        order by position
        """;

    // Pieces of a product are counted behind its stock's lock. The condition is the last word on its limit.
    internal const string Count = """
        insert into catalog.purchase_counts as c (user_id, product_id, period, quantity)
        select user_id, product_id, period, quantity
        from unnest(@users, @products, @periods, @quantities) as n (user_id, product_id, period, quantity)
        on conflict (user_id, product_id, period) do update set quantity = c.quantity + excluded.quantity
        where c.quantity + excluded.quantity <= (
            select max_per_user from catalog.stock s where s.product_id = c.product_id)
        """;

    internal const string Uncount = """
        update catalog.purchase_counts c set quantity = c.quantity - n.quantity
        from unnest(@users, @products, @periods, @quantities) as n (user_id, product_id, period, quantity)
        where c.user_id = n.user_id and c.product_id = n.product_id and c.period = n.period
        """;

    internal const string SelectCounts = """
        select w.user_id, w.product_id, c.quantity
        from unnest(@users, @products) as w (user_id, product_id)
        join catalog.stock s on s.product_id = w.product_id
        cross join lateral (
            select quantity from catalog.purchase_counts
            where user_id = w.user_id and product_id = w.product_id and period = s.limit_period limit 1) as c
        """;

    // A category holds for those under it: three levels.
    internal const string SelectCategories = """
        select p.product_id, (
            select array_agg(distinct a.category_id)
            from catalog.categories c
            left join catalog.categories above on above.category_id = c.parent_id
            cross join lateral (values (c.category_id), (c.parent_id), (above.parent_id)) as a (category_id)
            where c.category_id = any(p.category_ids) and a.category_id is not null)
        from catalog.products p
        where p.product_id = any(@products) and p.category_ids <> '{}'
        """;

    /// <summary>
    /// Queues the lock of the stock alone: for pieces that were sold or reserved before, and for adjustments.
    /// </summary>
    public LockedStock Lock(IReadOnlyCollection<long> productIds)
    {
        var stock = new LockedStock(Write);
        if (productIds.Count > 0)
            db.QueueLock(LockStock, productIds, row => stock.Add(Read(row)));
        return stock;
    }

    public ILockedStock Read(IReadOnlyCollection<long> productIds)
    {
        var stock = new LockedStock((_, _) => throw new InvalidOperationException("Nothing of it is locked."));
        if (productIds.Count > 0)
            db.QueueRead(SelectStock, row => stock.Add(Read(row)), ("keys", productIds.Distinct().ToArray()));
        QueueProducts(stock, productIds);
        return stock;
    }

    ILockedStock IStockLocks.Lock(IReadOnlyCollection<long> productIds)
    {
        var stock = Lock(productIds);
        QueueProducts(stock, productIds);
        return stock;
    }

    public void ReadCounts(ILockedStock stock, IEnumerable<(long UserId, long ProductId)> purchases)
    {
        var read = (LockedStock)stock;
        var counted = purchases.Where(purchase => read.IsCounted(purchase.ProductId)).Distinct().ToList();
        if (counted.Count == 0)
            return;
        db.QueueRead(
            SelectCounts,
            row => read.AddCount(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)),
            ("users", counted.ConvertAll(purchase => purchase.UserId)),
            ("products", counted.ConvertAll(purchase => purchase.ProductId)));
    }

    public void ReadCategories(ILockedStock stock)
    {
        var read = (LockedStock)stock;
        if (read.ProductIds.Count == 0)
            return;
        db.QueueRead(
            SelectCategories,
            row => read.AddCategories(row.GetInt64(0), row.GetFieldValue<long[]>(1)),
            ("products", read.ProductIds.ToArray()));
    }

    private void QueueProducts(LockedStock stock, IReadOnlyCollection<long> productIds)
    {
        if (productIds.Count == 0)
            return;
        db.QueueRead(
            SelectProducts,
            row => stock.Describe(
                row.GetInt64(0),
                new StockedProduct(row.GetString(1), row.GetInt64(2), row.GetBoolean(3))
                {
                    SellFrom = ValueOrNull<DateTimeOffset>(row, 4),
                    SellUntil = ValueOrNull<DateTimeOffset>(row, 5),
                }),
            ("products", productIds.Distinct().ToArray()));
    }

    private static StockRow Read(DbDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2))
    {
        MaxPerOrder = ValueOrNull<int>(row, 3),
        MaxPerUser = ValueOrNull<int>(row, 4),
        LimitPeriod = row.GetInt32(5),
        LowStockThreshold = ValueOrNull<long>(row, 6),
    };

    private static T? ValueOrNull<T>(DbDataReader row, int column) where T : struct =>
        row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    private void Write(LockedStock stock, DateTimeOffset now)
    {
        WriteStock(stock.Changes);
        WriteReservations(InsertReservations, stock.Changes.Where(change => change.ReservedSign > 0), isNew: true);
        WriteReservations(DeleteReservations, stock.Changes.Where(change => change.ReservedSign < 0), isNew: false);
        WriteCounts(Count, stock.Changes.Where(change => change.CountSign > 0));
        WriteCounts(Uncount, stock.Changes.Where(change => change.CountSign < 0));
        WriteMovements(stock, now);
        foreach (var fall in stock.Falls())
            outbox.Publish(fall);
    }

    private void WriteStock(IReadOnlyList<StockChange> changes)
    {
        var sums = new Dictionary<long, (long OnHand, long Reserved)>();
        foreach (var change in changes)
        {
            foreach (var item in change.Items)
            {
                var (onHand, reserved) = sums.GetValueOrDefault(item.ProductId);
                sums[item.ProductId] = (
                    onHand + ((long)change.OnHandSign * item.Quantity),
                    reserved + ((long)change.ReservedSign * item.Quantity));
            }
        }

        var changed = sums.Where(sum => sum.Value != default).OrderBy(sum => sum.Key).ToList();
        if (changed.Count == 0)
            return;
        db.QueueWrite(
            UpdateStock,
            changed.Count,
            ("products", changed.ConvertAll(sum => sum.Key)),
            ("on_hand", changed.ConvertAll(sum => sum.Value.OnHand)),
            ("reserved", changed.ConvertAll(sum => sum.Value.Reserved)));
    }

    private void WriteReservations(string sql, IEnumerable<StockChange> changes, bool isNew)
    {
        var rows = changes.SelectMany(change => change.Items, (change, item) => (change.OrderId, Item: item)).ToList();
        if (rows.Count == 0)
            return;
        (string, object)[] columns =
        [
            ("orders", rows.ConvertAll(row => row.OrderId)),
            ("products", rows.ConvertAll(row => row.Item.ProductId)),
            ("quantities", rows.ConvertAll(row => row.Item.Quantity)),
        ];
        db.QueueWrite(
            sql, rows.Count, isNew ? [.. columns, ("counted", rows.ConvertAll(row => row.Item.Counted))] : columns);
    }

    private void WriteCounts(string sql, IEnumerable<StockChange> changes)
    {
        var counts = changes
            .SelectMany(change => change.Items, (change, item) => (change.UserId, Item: item))
            .Where(piece => piece.Item.Counted > 0)
            .GroupBy(piece => (piece.UserId, piece.Item.ProductId, piece.Item.Counted))
            .Select(pieces => (pieces.Key, Quantity: pieces.Sum(piece => (long)piece.Item.Quantity)))
            .OrderBy(count => count.Key)
            .ToList();
        if (counts.Count == 0)
            return;
        db.QueueWrite(
            sql,
            counts.Count,
            ("users", counts.ConvertAll(count => count.Key.UserId)),
            ("products", counts.ConvertAll(count => count.Key.ProductId)),
            ("periods", counts.ConvertAll(count => count.Key.Counted)),
            ("quantities", counts.ConvertAll(count => count.Quantity)));
    }

    private void WriteMovements(LockedStock stock, DateTimeOffset now)
    {
        var movements = Movements(stock);
        if (movements.Count == 0)
            return;
        db.QueueWrite(
            InsertMovements,
            movements.Count,
            ("products", movements.ConvertAll(movement => movement.ProductId)),
            ("types", movements.ConvertAll(movement => EnumNames.Of(movement.Type))),
            ("deltas", movements.ConvertAll(movement => movement.Delta)),
            ("on_hand_after", movements.ConvertAll(movement => movement.OnHandAfter)),
            ("orders", movements.ConvertAll(movement => movement.OrderId)),
            ("causes", movements.ConvertAll(movement => movement.Cause)),
            ("counted", movements.ConvertAll(movement => movement.Counted)),
            ("now", now));
    }

    private static List<NewMovement> Movements(LockedStock stock)
    {
        var movements = new List<NewMovement>();
        var onHand = new Dictionary<long, long>();
        foreach (var change in stock.Changes.Where(change => change.OnHandSign != 0))
        {
            var type = change.OnHandSign < 0 ? MovementType.Sale : MovementType.Return;
            foreach (var item in change.Items)
            {
                var delta = (long)change.OnHandSign * item.Quantity;
                var after = delta + (onHand.TryGetValue(item.ProductId, out var before)
                    ? before
                    : stock.OnHandBefore(item.ProductId));
                onHand[item.ProductId] = after;
                movements.Add(new NewMovement(
                    item.ProductId, type, delta, after, change.OrderId, change.Cause, item.Counted));
            }
        }

        return movements;
    }

    private sealed record NewMovement(
        long ProductId, MovementType Type, long Delta, long OnHandAfter, Guid OrderId, Guid Cause, int Counted);
}
