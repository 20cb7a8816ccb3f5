using Shop.Messages;

namespace Shop.Catalog.Contracts;

/// <summary>Hands out the stock that a group of hot commands needs. A sheet is filled when the queued statements are sent.</summary>
public interface IStockSheets
{
    /// <summary>Queues the locking of these products' stock, in the order of product ids.</summary>
    IStockSheet Lock(IReadOnlyCollection<long> productIds);
}

/// <summary>Products and their stock in memory while commands are decided.</summary>
public interface IStockSheet
{
    /// <summary>The row as a batch knows it.</summary>
    RowKey RowOf(long productId);

    /// <returns>The product as it is now, or null where there is none.</returns>
    ProductOnSheet? Find(long productId);

    /// <summary>
    /// Reserves every item for the order, or nothing.
    /// </summary>
    /// <param name="items">Each product once, quantities above 0, all of them on the sheet.</param>
    /// <returns>Every product that is short; empty where all is reserved.</returns>
    IReadOnlyList<Shortage> TryReserve(Guid orderId, IReadOnlyList<ItemToReserve> items);

    /// <summary>Gives back what <see cref="TryReserve"/> reserved for the order on this sheet.</summary>
    void Undo(Guid orderId);

    /// <summary>Queues the reservations and what is reserved of each product.</summary>
    void Post();
}

/// <param name="Price">Whole KRW for one.</param>
/// <param name="IsForSale">False for a product that is STOPPED.</param>
public sealed record ProductOnSheet(long ProductId, string Name, long Price, bool IsForSale);

public sealed record ItemToReserve(long ProductId, int Quantity);

/// <param name="Available">What can still be ordered: on hand and not reserved.</param>
public sealed record Shortage(long ProductId, int Requested, long Available);
