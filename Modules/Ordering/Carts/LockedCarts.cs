using Shop.Catalog.Contracts;
using Shop.Ordering.Orders.Placing;

namespace Shop.Ordering.Carts;

internal sealed class CartLocks(Db db)
{
    /// <summary>The resource of a row key; its key is the user's id.</summary>
    public const string Resource = "ordering.cart_items";

    private const string Counted = "ordering.cart-lines";

    // Carts are the first thing that anybody locks: of two orders from one cart the second waits here, and finds it
    // empty. A cart of before the limit may hold more than an order takes: one product too many is enough to refuse it.
    private const string Items = """
        unnest(@keys) as u
        cross join lateral (
            select user_id, product_id from ordering.cart_items where user_id = u order by product_id limit @limit) as i
        """;

    internal const string DeleteItems = """
        delete from ordering.cart_items c using unnest(@users, @products) as o (user_id, product_id)
        where c.user_id = o.user_id and c.product_id = o.product_id
        """;

    private const string SelectItems = $"""
        select c.user_id, c.product_id, c.quantity
        from {Items}
        join ordering.cart_items c on c.user_id = i.user_id and c.product_id = i.product_id
        order by c.user_id, c.product_id
        """;

    private static readonly LockStatement LockItems = new(
        LockOrder.Cart,
        Resource,
        $"{SelectItems} for update of c",
        $"select i.user_id from {Items}");

    /// <summary>Queues the lock of the carts that are ordered from.</summary>
    public LockedCarts Lock(IReadOnlyCollection<OrderRequest> requests)
    {
        var carts = new LockedCarts();
        db.QueueLock(
            LockItems,
            requests.Where(request => request.IsFromCart).Select(request => request.UserId),
            row => carts.Add(row.GetInt64(0), new ItemQuantity(row.GetInt64(1), row.GetInt32(2))),
            ("limit", LimitOf(requests)));
        return carts;
    }

    /// <summary>Queues the lock of whole carts, as far as an order from one locks it.</summary>
    public void Lock(params IEnumerable<long> userIds) =>
        db.QueueLock(LockItems, userIds, _ => { }, ("limit", LineLimits.OlderCart));

    /// <summary>Queues the locks behind which lines are put into carts. An erasure takes them too.</summary>
    public void LockLines(params IEnumerable<long> userIds) => db.QueueUserLocks(Counted, userIds);

    /// <summary>A user's lock of <see cref="LockLines"/>.</summary>
    public static RowKey LinesOf(long userId) => UserLocks.RowOf(Counted, userId);

    /// <summary>Queues a read of a cart, without a lock.</summary>
    public LockedCarts Read(OrderRequest request)
    {
        var carts = new LockedCarts();
        if (request.IsFromCart)
        {
            db.QueueRead(
                SelectItems,
                row => carts.Add(row.GetInt64(0), new ItemQuantity(row.GetInt64(1), row.GetInt32(2))),
                ("keys", (long[])[request.UserId]),
                ("limit", LimitOf([request])));
        }

        return carts;
    }

    /// <summary>Queues the removal of what was ordered, and of nothing that was put in meanwhile.</summary>
    public void Write(LockedCarts carts)
    {
        var ordered = carts.Ordered;
        if (ordered.Count == 0)
            return;
        db.QueueWrite(
            DeleteItems,
            ordered.Count,
            ("users", ordered.ConvertAll(item => item.UserId)),
            ("products", ordered.ConvertAll(item => item.ProductId)));
    }

    private static int LimitOf(IEnumerable<OrderRequest> requests) =>
        requests.Any(request => request.ProductIds is not null) ? LineLimits.OlderCart : LineLimits.Lines + 1;
}

/// <summary>Locked carts in memory, by user.</summary>
internal sealed class LockedCarts
{
    private readonly Dictionary<long, List<ItemQuantity>> items = [];
    private readonly HashSet<long> large = [];

    /// <summary>The items that left their cart with an order.</summary>
    public List<(long UserId, long ProductId)> Ordered { get; } = [];

    /// <summary>Orders of the batch whose items come back if they come to nothing.</summary>
    public HashSet<Guid> ReturningOrders { get; } = [];

    public void Add(long userId, ItemQuantity item)
    {
        if (!items.TryGetValue(userId, out var cart))
            items.Add(userId, cart = []);
        cart.Add(item);
        if (cart.Count > LineLimits.Lines)
            large.Add(userId);
    }

    /// <summary>
    /// Whether the request orders more than an order takes. It is judged by the cart as it was locked, also where some
    /// of it was ordered since: the products of such a request are not locked.
    /// </summary>
    public bool HasTooMany(OrderRequest request) => request.ProductIds is null && large.Contains(request.UserId);

    /// <summary>The items of the user's cart, by product id; none where they have been ordered.</summary>
    public IReadOnlyList<ItemQuantity> ItemsOf(long userId) => items.TryGetValue(userId, out var cart) ? cart : [];

    /// <summary>The items of the cart that the request orders.</summary>
    public IReadOnlyList<ItemQuantity> ItemsOf(OrderRequest request) => request.ProductIds is { } wanted
        ? [.. ItemsOf(request.UserId).Where(item => wanted.Contains(item.ProductId))]
        : ItemsOf(request.UserId);

    /// <summary>The products that the request names and the cart does not hold.</summary>
    public IReadOnlyList<long> MissingOf(OrderRequest request) =>
        [.. (request.ProductIds ?? []).Except(ItemsOf(request.UserId).Select(item => item.ProductId))];

    /// <summary>The items that the request orders, or none where an order can't take so many.</summary>
    public IReadOnlyList<ItemQuantity> OrderableOf(OrderRequest request) =>
        HasTooMany(request) ? [] : ItemsOf(request);

    /// <summary>The items are ordered and leave the cart.</summary>
    public void Remove(long userId, IReadOnlyList<ItemQuantity> ordered)
    {
        Ordered.AddRange(ordered.Select(item => (userId, item.ProductId)));
        items[userId] = [.. items[userId].Except(ordered)];
    }
}
