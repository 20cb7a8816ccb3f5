using Shop.Catalog.Contracts;

namespace Shop.Catalog.Stock;

/// <summary>Stock as it was locked.</summary>
internal sealed record StockRow(long ProductId, string Name, long Price, bool IsForSale, long OnHand, long Reserved);

/// <summary>Decides against locked rows in memory and records the changes in order.</summary>
/// <param name="write">Queues the changes of this batch.</param>
internal sealed class LockedStock(Action<LockedStock, DateTimeOffset> write) : ILockedStock
{
    private readonly Dictionary<long, StockRow> rows = [];
    private readonly Dictionary<long, long> available = [];
    private readonly List<StockChange> changes = [];

    /// <summary>What was decided, in the order of deciding.</summary>
    public IReadOnlyList<StockChange> Changes => changes;

    public void Add(StockRow row)
    {
        rows.Add(row.ProductId, row);
        available.Add(row.ProductId, row.OnHand - row.Reserved);
    }

    /// <summary>What was on hand when the row was locked.</summary>
    public long OnHandBefore(long productId) => rows[productId].OnHand;

    public ProductOnShelf? Find(long productId) => rows.TryGetValue(productId, out var row)
        ? new ProductOnShelf(row.ProductId, row.Name, row.Price, row.IsForSale, available[productId])
        : null;

    public IReadOnlyList<Shortage> TryReserve(Guid orderId, IReadOnlyList<ItemQuantity> items) =>
        TryTake(StockChangeKind.Reserve, orderId, items);

    public IReadOnlyList<Shortage> TrySell(Guid orderId, IReadOnlyList<ItemQuantity> items) =>
        TryTake(StockChangeKind.Sell, orderId, items);

    /// <summary>Turns an order's reservations into sales.</summary>
    public void SellReserved(Guid orderId, IReadOnlyList<ItemQuantity> items) =>
        Record(new StockChange(StockChangeKind.SellReserved, orderId, items));

    /// <summary>Ends an order's reservations.</summary>
    public void Release(Guid orderId, IReadOnlyList<ItemQuantity> items) =>
        Record(new StockChange(StockChangeKind.Release, orderId, items));

    /// <summary>Returns some of what an order was sold, past the limit on stock too.</summary>
    /// <param name="cause">The order, or one of its refunds: each returns a product once.</param>
    public void Return(Guid orderId, Guid cause, IReadOnlyList<ItemQuantity> items) =>
        Record(new StockChange(StockChangeKind.Return, orderId, items) { Cause = cause });

    // Searched from the end: an order is undone right after it was decided.
    public void Undo(Guid orderId)
    {
        var last = changes.FindLastIndex(change => change.OrderId == orderId);
        if (last < 0)
            return;
        foreach (var item in changes[last].Items)
            available[item.ProductId] -= changes[last].AvailableSign * item.Quantity;
        changes.RemoveAt(last);
    }

    public void Write(DateTimeOffset now) => write(this, now);

    private List<Shortage> TryTake(StockChangeKind kind, Guid orderId, IReadOnlyList<ItemQuantity> items)
    {
        // A product that came twice would pass each check by itself and be oversold by both.
        var demand = items.GroupBy(item => item.ProductId)
            .Select(lines => new ItemQuantity(lines.Key, lines.Sum(line => Positive(line.Quantity))))
            .ToList();
        var shortages = demand.Where(item => item.Quantity > available[item.ProductId])
            .Select(item => new Shortage(item.ProductId, item.Quantity, available[item.ProductId]))
            .ToList();
        if (shortages.Count == 0)
            Record(new StockChange(kind, orderId, demand));
        return shortages;
    }

    private void Record(StockChange change)
    {
        foreach (var item in change.Items)
            available[item.ProductId] += change.AvailableSign * item.Quantity;
        changes.Add(change);
    }

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
}

/// <summary>What one decision about an order does to the stock.</summary>
/// <param name="Items">Each product once.</param>
internal sealed record StockChange(StockChangeKind Kind, Guid OrderId, IReadOnlyList<ItemQuantity> Items)
{
    /// <summary>The cause of its movements: the order, or one of its refunds.</summary>
    public Guid Cause { get; init; } = OrderId;

    /// <summary>What a piece adds to the stock on hand: -1, 0 or 1.</summary>
    public int OnHandSign => Kind switch
    {
        StockChangeKind.Sell or StockChangeKind.SellReserved => -1,
        StockChangeKind.Return => 1,
        _ => 0,
    };

    /// <summary>What a piece adds to the reserved stock: -1, 0 or 1.</summary>
    public int ReservedSign => Kind switch
    {
        StockChangeKind.Reserve => 1,
        StockChangeKind.SellReserved or StockChangeKind.Release => -1,
        _ => 0,
    };

    public int AvailableSign => OnHandSign - ReservedSign;
}
