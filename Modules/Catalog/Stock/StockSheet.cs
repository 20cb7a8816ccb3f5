using Shop.BuildingBlocks.Database;
using Shop.Catalog.Contracts;
using Shop.Messages;

namespace Shop.Catalog.Stock;

internal sealed class StockSheets(Db db) : IStockSheets
{
    private static readonly LockStatement LockStock = new(
        LockOrder.Stock,
        "catalog.stock",
        """
        select s.product_id, p.name, p.price, p.status = 'SELLING', s.on_hand - s.reserved
        from catalog.stock s
        join catalog.products p using (product_id)
        where s.product_id = any(@keys)
        order by s.product_id
        for no key update of s
        """,
        "select product_id from catalog.stock where product_id = any(@keys)");

    public static RowKey RowOf(long productId) => new(LockStock.Resource, productId);

    public IStockSheet Lock(IReadOnlyCollection<long> productIds)
    {
        var sheet = new StockSheet(db);
        db.QueueLock(
            LockStock,
            productIds,
            row => sheet.Add(new ProductOnSheet(row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetBoolean(3)), row.GetInt64(4)));
        return sheet;
    }
}

internal sealed class StockSheet(Db db) : IStockSheet
{
    private const string PostReserved = """
        update catalog.stock s set reserved = s.reserved + r.quantity
        from unnest(@products, @quantities) as r (product_id, quantity)
        where s.product_id = r.product_id and s.product_id = any(@products)
        """;

    private const string PostReservations = """
        insert into catalog.reservations (order_id, product_id, quantity, state)
        select order_id, product_id, quantity, 'RESERVED'
        from unnest(@orders, @products, @quantities) as r (order_id, product_id, quantity)
        """;

    private readonly Dictionary<long, ProductOnSheet> products = [];
    private readonly Dictionary<long, long> available = [];
    private readonly Dictionary<Guid, IReadOnlyList<ItemToReserve>> reserved = [];

    public void Add(ProductOnSheet product, long canBeOrdered)
    {
        products.Add(product.ProductId, product);
        available.Add(product.ProductId, canBeOrdered);
    }

    public RowKey RowOf(long productId) => StockSheets.RowOf(productId);

    public ProductOnSheet? Find(long productId) => products.GetValueOrDefault(productId);

    public IReadOnlyList<Shortage> TryReserve(Guid orderId, IReadOnlyList<ItemToReserve> items)
    {
        // A product that came twice would pass each check by itself and be oversold by both.
        var demand = items.GroupBy(item => item.ProductId).Select(lines => new ItemToReserve(lines.Key, lines.Sum(line => Positive(line.Quantity)))).ToList();
        var shortages = demand.Where(item => item.Quantity > available[item.ProductId])
            .Select(item => new Shortage(item.ProductId, item.Quantity, available[item.ProductId]))
            .ToList();
        if (shortages.Count > 0)
            return shortages;

        reserved.Add(orderId, demand);
        foreach (var item in demand)
            available[item.ProductId] -= item.Quantity;
        return [];
    }

    public void Undo(Guid orderId)
    {
        if (!reserved.Remove(orderId, out var items))
            return;
        foreach (var item in items)
            available[item.ProductId] += item.Quantity;
    }

    public void Post()
    {
        if (reserved.Count == 0)
            return;

        var rows = reserved.SelectMany(order => order.Value, (order, item) => (OrderId: order.Key, item.ProductId, item.Quantity)).ToList();
        var sums = rows.GroupBy(row => row.ProductId).Select(lines => (ProductId: lines.Key, Quantity: lines.Sum(line => (long)line.Quantity))).ToList();
        db.QueueWrite(
            PostReserved,
            sums.Count,
            ("products", sums.ConvertAll(sum => sum.ProductId)),
            ("quantities", sums.ConvertAll(sum => sum.Quantity)));
        db.QueueWrite(
            PostReservations,
            rows.Count,
            ("orders", rows.ConvertAll(row => row.OrderId)),
            ("products", rows.ConvertAll(row => row.ProductId)),
            ("quantities", rows.ConvertAll(row => row.Quantity)));
    }

    private static int Positive(int quantity) =>
        quantity > 0 ? quantity : throw new ArgumentOutOfRangeException(nameof(quantity), quantity, "Only quantities above 0 can be reserved.");
}
