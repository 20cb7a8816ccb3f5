using Shop.BuildingBlocks.Database;
using Shop.Catalog.Contracts;
using Shop.Messages;
using Shop.Ordering.Orders;

namespace Shop.Ordering.Carts;

internal sealed class CartSheets(Db db)
{
    // Carts are the first thing that anybody locks: of two orders from one cart the second waits here, and finds it empty.
    // A cart of before the limit may hold more than an order takes: one product too many is enough to refuse it.
    private const string Items = """
        unnest(@keys) as u
        cross join lateral (
            select user_id, product_id from ordering.cart_items where user_id = u order by product_id limit @limit) as i
        """;

    private static readonly LockStatement LockItems = new(
        LockOrder.Cart,
        "ordering.cart_items",
        $"""
        select c.user_id, c.product_id, c.quantity
        from {Items}
        join ordering.cart_items c on c.user_id = i.user_id and c.product_id = i.product_id
        order by c.user_id, c.product_id
        for update of c
        """,
        $"select i.user_id from {Items}");

    public static RowKey RowOf(long userId) => new(LockItems.Resource, userId);

    public CartSheet Lock(IReadOnlyCollection<long> userIds)
    {
        var sheet = new CartSheet(db);
        db.QueueLock(
            LockItems,
            userIds,
            row => sheet.Add(row.GetInt64(0), new ItemToReserve(row.GetInt64(1), row.GetInt32(2))),
            ("limit", LineLimits.Lines + 1));
        return sheet;
    }
}

/// <summary>Carts in memory while orders are decided.</summary>
/// <param name="db">Where to post, or null for a sheet that only decides.</param>
internal sealed class CartSheet(Db? db)
{
    // Only what was ordered: what is put in meanwhile is a row of its own, or waits for these locks.
    private const string DeleteItems = """
        delete from ordering.cart_items c using unnest(@users, @products) as o (user_id, product_id)
        where c.user_id = o.user_id and c.product_id = o.product_id and c.user_id = any(@users)
        """;

    private readonly Dictionary<long, List<ItemToReserve>> items = [];
    private readonly List<(long UserId, long ProductId)> ordered = [];

    public void Add(long userId, ItemToReserve item)
    {
        if (!items.TryGetValue(userId, out var cart))
            items.Add(userId, cart = []);
        cart.Add(item);
    }

    /// <summary>What is in the user's cart, by product id; nothing where it has been ordered.</summary>
    public IReadOnlyList<ItemToReserve> ItemsOf(long userId) => items.TryGetValue(userId, out var cart) ? cart : [];

    /// <summary>As <see cref="ItemsOf"/>, or nothing where there is more than an order takes.</summary>
    public IReadOnlyList<ItemToReserve> OrderableOf(long userId) =>
        ItemsOf(userId) is { Count: <= LineLimits.Lines } items ? items : [];

    /// <summary>The user's items are ordered and leave the cart.</summary>
    public void Empty(long userId)
    {
        ordered.AddRange(ItemsOf(userId).Select(item => (userId, item.ProductId)));
        items.Remove(userId);
    }

    /// <summary>Queues the removal of what was ordered.</summary>
    public void Post()
    {
        if (ordered.Count == 0)
            return;
        if (db is null)
            throw new InvalidOperationException("This sheet only decides.");
        db.QueueWrite(DeleteItems, ordered.Count, ("users", ordered.ConvertAll(item => item.UserId)), ("products", ordered.ConvertAll(item => item.ProductId)));
    }
}
