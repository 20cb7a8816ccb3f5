namespace Shop.IntegrationTests.Model;

/// <summary>Carts look at stock and prices, they reserve nothing.</summary>
internal sealed partial class ShopModel
{
    public Reply GetCart(Asker by, long userId) =>
        by.ActsFor(userId) ?? (FindUser(userId) is { } user ? Reply.Ok(() => View.CartOf(user)) : Reply.UserNotFound());

    public Reply AddToCart(Asker by, long userId, long productId, int quantity)
    {
        if (by.ActsFor(userId) is { } refused)
            return refused;
        if (quantity is < 1 or > ShopRules.MostInLine)
            return Reply.Invalid();
        return FindUser(userId) is { } user ? Put(user, productId, quantity, adds: true) : Reply.UserNotFound();
    }

    public Reply SetInCart(Asker by, long userId, long productId, int quantity)
    {
        if (by.ActsFor(userId) is { } refused)
            return refused;
        if (quantity is < 0 or > ShopRules.MostInLine)
            return Reply.Invalid();
        if (FindUser(userId) is not { } user)
            return Reply.UserNotFound();
        if (quantity > 0)
            return Put(user, productId, quantity, adds: false);
        user.Cart.RemoveAll(line => line.Product.Id == productId);
        return Reply.Ok(() => View.CartOf(user));
    }

    /// <param name="productId">The product to take out, or null for all.</param>
    public Reply TakeOutOfCart(Asker by, long userId, long? productId)
    {
        if (by.ActsFor(userId) is { } refused)
            return refused;
        if (FindUser(userId) is not { } user)
            return Reply.UserNotFound();
        user.Cart.RemoveAll(line => productId is null || line.Product.Id == productId);
        return Reply.Nothing();
    }

    private Reply Put(User user, long productId, int quantity, bool adds)
    {
        if (FindProduct(productId) is not { } product)
            return ProductNotFound();
        if (!product.IsForSale)
            return NotForSale();
        var line = user.Cart.Find(line => line.Product == product);
        var wanted = quantity + (adds ? line?.Quantity ?? 0 : 0);
        if (wanted > ShopRules.MostInLine)
            return Reply.Invalid();
        if (wanted > product.Available)
            return OutOfStock([(product, wanted)]);
        if (line is null)
            user.Cart.Add(line = new CartLine(product));
        line.Quantity = wanted;
        return Reply.Ok(() => View.CartOf(user));
    }
}
