using Shop.Catalog.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>Stock as it was locked.</summary>
internal sealed record StockRow(long ProductId, long OnHand, long Reserved)
{
    /// <summary>Null where the stock alone was read.</summary>
    public StockedProduct? Product { get; init; }

    public int? MaxPerOrder { get; init; }

    public int? MaxPerUser { get; init; }

    public long? LowStockThreshold { get; init; }

    public long Available => OnHand - Reserved;

    /// <summary>In which pieces are counted for users; it began when the limit was set.</summary>
    public int LimitPeriod { get; init; }

    /// <summary>The event of the stock falling to its threshold; null where it does not.</summary>
    /// <param name="available">Pieces that can be ordered from now on.</param>
    public StockRanLow? FallTo(long available) =>
        LowStockThreshold is { } threshold && Available > threshold && available <= threshold
            ? new StockRanLow(ProductId, available, threshold)
            : null;

    public bool HasLimit => MaxPerOrder is not null || MaxPerUser is not null;

    /// <summary>Since when pieces are counted, or 0 where they are not.</summary>
    public int Counted => MaxPerUser is null ? 0 : LimitPeriod;
}

/// <summary>A product as it is behind the lock of its stock.</summary>
internal sealed record StockedProduct(string Name, long Price, bool IsForSale)
{
    public DateTimeOffset? SellFrom { get; init; }

    public DateTimeOffset? SellUntil { get; init; }
}

/// <summary>Decides against locked rows in memory and records the changes in order.</summary>
/// <param name="write">Queues the changes of this batch.</param>
internal sealed class LockedStock(Action<LockedStock, DateTimeOffset> write) : ILockedStock
{
    private readonly Dictionary<long, StockRow> rows = [];
    private readonly Dictionary<long, long> available = [];
    private readonly Dictionary<(long UserId, long ProductId), long> counts = [];
    private readonly Dictionary<long, long[]> categories = [];
    private readonly List<StockChange> changes = [];

    /// <summary>The decisions, in the order of deciding.</summary>
    public IReadOnlyList<StockChange> Changes => changes;

    public void Add(StockRow row)
    {
        rows.Add(row.ProductId, row);
        available.Add(row.ProductId, row.Available);
    }

    /// <summary>The product of a row. A row that was left out stays so.</summary>
    public void Describe(long productId, StockedProduct product)
    {
        if (rows.TryGetValue(productId, out var row))
            rows[productId] = row with { Product = product };
    }

    /// <summary>The row as it was locked; null where there is none.</summary>
    public StockRow? RowOf(long productId) => rows.GetValueOrDefault(productId);

    /// <summary>Pieces that are counted for the user, in the product's period.</summary>
    public void AddCount(long userId, long productId, long quantity) => counts[(userId, productId)] = quantity;

    /// <summary>The products whose rows were locked or read.</summary>
    public IReadOnlyCollection<long> ProductIds => rows.Keys;

    /// <summary>The product's categories and those above them.</summary>
    public void AddCategories(long productId, long[] categoryIds) => categories[productId] = categoryIds;

    public IReadOnlyCollection<long> CategoriesOf(long productId) => categories.GetValueOrDefault(productId) ?? [];

    /// <summary>Whether pieces of the product are counted for users.</summary>
    public bool IsCounted(long productId) => rows.TryGetValue(productId, out var row) && row.Counted > 0;

    /// <summary>The products whose stock has fallen to their thresholds by all decisions together.</summary>
    public IEnumerable<StockRanLow> Falls() =>
        rows.Values.Select(row => row.FallTo(available[row.ProductId])).OfType<StockRanLow>();

    /// <summary>The stock on hand when the row was locked.</summary>
    public long OnHandBefore(long productId) => rows[productId].OnHand;

    public ProductOnShelf? Find(long productId)
    {
        if (!rows.TryGetValue(productId, out var row))
            return null;
        var product = Described(row);
        return new ProductOnShelf(productId, product.Name, product.Price, product.IsForSale, available[productId]);
    }

    public bool IsForSale(long productId, DateTimeOffset now)
    {
        var product = Described(rows[productId]);
        return product.IsForSale && !(now < product.SellFrom) && !(now >= product.SellUntil);
    }

    public IReadOnlyList<PurchaseLimit> Exceeded(long userId, IReadOnlyList<ItemQuantity> items) =>
    [
        .. items.Where(item => rows[item.ProductId].HasLimit)
            .Select(item => new PurchaseLimit(item.ProductId, item.Quantity, Allowed(userId, rows[item.ProductId])))
            .Where(limit => limit.Requested > limit.Allowed),
    ];

    public IReadOnlyList<Shortage> TryReserve(Guid orderId, long userId, IReadOnlyList<ItemQuantity> items) =>
        TryTake(StockChangeKind.Reserve, orderId, userId, items);

    public IReadOnlyList<Shortage> TrySell(Guid orderId, long userId, IReadOnlyList<ItemQuantity> items) =>
        TryTake(StockChangeKind.Sell, orderId, userId, items);

    /// <summary>Turns an order's reservations into sales.</summary>
    public void SellReserved(Guid orderId, long userId, IReadOnlyList<StockItem> items) =>
        Record(new StockChange(StockChangeKind.SellReserved, orderId, userId, items));

    /// <summary>Ends an order's reservations.</summary>
    public void Release(Guid orderId, long userId, IReadOnlyList<StockItem> items) =>
        Record(new StockChange(StockChangeKind.Release, orderId, userId, items));

    /// <summary>Returns some of what an order was sold, past the limit on stock too.</summary>
    /// <param name="cause">The order, or one of its refunds: each returns a product once.</param>
    public void Return(Guid orderId, Guid cause, long userId, IReadOnlyList<StockItem> items) =>
        Record(new StockChange(StockChangeKind.Return, orderId, userId, items) { Cause = cause });

    /// <summary>Gives back what some of an order counts for its user, where the goods do not return.</summary>
    public void Uncount(Guid orderId, long userId, IReadOnlyList<StockItem> items) =>
        Record(new StockChange(StockChangeKind.Uncount, orderId, userId, items));

    // Searched from the end: an order is undone right after it was decided.
    public void Undo(Guid orderId)
    {
        var last = changes.FindLastIndex(change => change.OrderId == orderId);
        if (last < 0)
            return;
        Apply(changes[last], sign: -1);
        changes.RemoveAt(last);
    }

    public void Write(DateTimeOffset now) => write(this, now);

    private static StockedProduct Described(StockRow row) => row.Product
        ?? throw new InvalidOperationException($"Of product {row.ProductId} the stock alone was read.");

    private List<Shortage> TryTake(
        StockChangeKind kind, Guid orderId, long userId, IReadOnlyList<ItemQuantity> items)
    {
        // A product that came twice would pass each check by itself and be oversold by both.
        var demand = items.GroupBy(item => item.ProductId)
            .Select(lines => new StockItem(
                lines.Key, lines.Sum(line => Positive(line.Quantity)), rows[lines.Key].Counted))
            .ToList();
        var shortages = demand.Where(item => item.Quantity > available[item.ProductId])
            .Select(item => new Shortage(item.ProductId, item.Quantity, available[item.ProductId]))
            .ToList();
        if (shortages.Count == 0)
            Record(new StockChange(kind, orderId, userId, demand));
        return shortages;
    }

    private void Record(StockChange change)
    {
        Apply(change, sign: 1);
        changes.Add(change);
    }

    private void Apply(StockChange change, int sign)
    {
        foreach (var item in change.Items)
        {
            available[item.ProductId] += sign * change.AvailableSign * item.Quantity;
            if (item.Counted > 0)
            {
                var key = (change.UserId, item.ProductId);
                counts[key] = counts.GetValueOrDefault(key) + ((long)sign * change.CountSign * item.Quantity);
            }
        }
    }

    private long Allowed(long userId, StockRow row) => Math.Min(
        row.MaxPerOrder ?? long.MaxValue,
        row.MaxPerUser is { } most
            ? Math.Max(0, most - counts.GetValueOrDefault((userId, row.ProductId)))
            : long.MaxValue);

    private static int Positive(int quantity) => quantity > 0
        ? quantity
        : throw new ArgumentOutOfRangeException(nameof(quantity), quantity, "Only quantities above 0 can be ordered.");
}

internal enum StockChangeKind
{
    Reserve,
    Sell,
    SellReserved,
    Release,
    Return,
    Uncount,
}

/// <summary>The effect of one decision about an order on the stock.</summary>
/// <param name="Items">Each product once.</param>
internal sealed record StockChange(
    StockChangeKind Kind, Guid OrderId, long UserId, IReadOnlyList<StockItem> Items)
{
    /// <summary>The cause of its movements: the order, or one of its refunds.</summary>
    public Guid Cause { get; init; } = OrderId;

    /// <summary>The change of the stock on hand by a piece: -1, 0 or 1.</summary>
    public int OnHandSign => Kind switch
    {
        StockChangeKind.Sell or StockChangeKind.SellReserved => -1,
        StockChangeKind.Return => 1,
        _ => 0,
    };

    /// <summary>The change of the reserved stock by a piece: -1, 0 or 1.</summary>
    public int ReservedSign => Kind switch
    {
        StockChangeKind.Reserve => 1,
        StockChangeKind.SellReserved or StockChangeKind.Release => -1,
        _ => 0,
    };

    /// <summary>The sign of a counted piece in its user's count: -1, 0 or 1.</summary>
    public int CountSign => Kind switch
    {
        StockChangeKind.Reserve or StockChangeKind.Sell => 1,
        StockChangeKind.Release or StockChangeKind.Return or StockChangeKind.Uncount => -1,
        _ => 0,
    };

    public int AvailableSign => OnHandSign - ReservedSign;
}

/// <summary>Some pieces of a product, with the period in which they are counted for their user, or 0.</summary>
internal sealed record StockItem(long ProductId, int Quantity, int Counted = 0);
