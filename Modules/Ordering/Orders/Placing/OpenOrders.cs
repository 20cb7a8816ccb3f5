using Microsoft.Extensions.Options;

namespace Shop.Ordering.Orders.Placing;

/// <summary>Reads users' open orders, behind their locks where another one is placed.</summary>
internal sealed class OpenOrdersReader(Db db, IOptions<OrderingOptions> options)
{
    // No more than count: orders past their window, which the scheduler has yet to close, are the first to be left out.
    internal const string SelectOpen = """
        select u, o.expires_at
        from unnest(@users) as u
        cross join lateral (
            select expires_at from ordering.orders
            where user_id = u and status = 'CREATED'
            order by expires_at desc limit @maximum) as o
        """;

    public static RowKey RowOf(long userId) => UserLocks.RowOf("ordering.open-orders", userId);

    /// <summary>Queues the users' locks and the reading behind them.</summary>
    public OpenOrders Lock(IReadOnlyCollection<long> userIds)
    {
        db.QueueUserLocks("ordering.open-orders", userIds);
        return Read(userIds);
    }

    /// <summary>Queues the reading alone.</summary>
    public OpenOrders Read(IReadOnlyCollection<long> userIds)
    {
        var open = new OpenOrders(options.Value.MaximumOpenOrders);
        db.QueueRead(
            SelectOpen,
            row => open.Add(row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1)),
            ("users", userIds.Distinct().ToArray()),
            ("maximum", open.Maximum));
        return open;
    }
}

/// <summary>Open orders by user, by the ends of their payment windows; new ones of the same batch included.</summary>
internal sealed class OpenOrders(int maximum)
{
    private readonly Dictionary<long, List<DateTimeOffset>> windows = [];

    /// <summary>Open orders that a user may have at once.</summary>
    public int Maximum => maximum;

    public void Add(long userId, DateTimeOffset expiresAt)
    {
        if (!windows.TryGetValue(userId, out var ends))
            windows.Add(userId, ends = []);
        ends.Add(expiresAt);
    }

    /// <summary>Whether the user has an order that can still be paid.</summary>
    public bool IsAny(long userId, DateTimeOffset now) =>
        windows.TryGetValue(userId, out var ends) && ends.Exists(end => now < end);

    /// <summary>Whether another order would be one too many. Orders past their payment window do not count.</summary>
    public bool IsFull(long userId, DateTimeOffset now) =>
        windows.TryGetValue(userId, out var ends) && ends.Count(end => now < end) >= maximum;
}
