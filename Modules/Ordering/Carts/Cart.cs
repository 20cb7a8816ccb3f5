using Shop.Catalog.Contracts;

namespace Shop.Ordering.Carts;

/// <summary>A cart with its products as they are now. Amounts are whole KRW.</summary>
/// <param name="ItemsAmount">Of the items that are orderable.</param>
internal sealed record Cart(long UserId, IReadOnlyList<CartItem> Items, long ItemsAmount);

/// <param name="Price">For one, now.</param>
/// <param name="Available">How many could be ordered now: 0 for a product that is not for sale.</param>
/// <param name="Orderable">Whether this quantity could be ordered now.</param>
/// <param name="Reason">Why not, or null.</param>
internal sealed record CartItem(
    long ProductId, string Name, long Price, int Quantity, long Available, bool Orderable, NotOrderable? Reason)
{
    public static CartItem Of(ProductOnShelf product, int quantity)
    {
        var available = product.IsForSale ? product.Available : 0;
        NotOrderable? reason = !product.IsForSale ? NotOrderable.NotForSale
            : available < quantity ? NotOrderable.OutOfStock
            : product.Allowed < quantity ? NotOrderable.Limit
            : null;
        return new CartItem(
            product.ProductId, product.Name, product.Price, quantity, available, reason is null, reason);
    }
}

/// <summary>Why a cart's item could not be ordered; where several hold, the first here.</summary>
internal enum NotOrderable
{
    NotForSale,

    /// <summary>Fewer can be ordered than the cart holds.</summary>
    OutOfStock,

    /// <summary>The product's limits allow the user fewer.</summary>
    Limit,
}

/// <summary>Reads carts: two statements, whatever is in them.</summary>
internal sealed class CartReader(Db db, IMediator mediator)
{
    private const string SelectItems =
        "select product_id, quantity from ordering.cart_items where user_id = @userId order by added_at, product_id";

    private sealed record Row(long ProductId, int Quantity);

    public async Task<Cart> ReadAsync(long userId, CancellationToken ct)
    {
        var rows = await db.QueryAsync<Row>(SelectItems, new { userId }, ct);
        if (rows.Count == 0)
            return new Cart(userId, [], 0);
        var found = await mediator.Send(new FindProducts([.. rows.Select(row => row.ProductId)], userId), ct);
        var products = found.ToDictionary(product => product.ProductId);
        List<CartItem> items = [.. rows.Select(row => CartItem.Of(products[row.ProductId], row.Quantity))];
        return new Cart(userId, items, items.Where(item => item.Orderable).Sum(item => item.Price * item.Quantity));
    }
}
