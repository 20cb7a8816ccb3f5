namespace Shop.IntegrationTests.Model;

/// <summary>Products and their stock.</summary>
internal sealed partial class ShopModel
{
    public Reply CreateProduct(Asker by, string name, long price, long stock, bool isForSale)
    {
        if (by.Administers() is { } refused)
            return refused;
        if (price is < 0 or > 1_000_000_000 || stock is < 0 or > ShopRules.MostOnHand)
            return Reply.Invalid();
        var product = new Product { Name = name, Price = price, IsForSale = isForSale };
        if (stock > 0)
            Move(product, "INITIAL", stock);
        Products.Add(product);
        return Reply.Created(body => product.Id = body.GetProperty("productId").GetInt64(), () => View.Of(product));
    }

    public Reply ChangeProduct(Asker by, long productId, long? price, bool? isForSale)
    {
        if (by.Administers() is { } refused)
            return refused;
        if (price is < 0 or > 1_000_000_000)
            return Reply.Invalid();
        if (FindProduct(productId) is not { } product)
            return ProductNotFound();
        product.Price = price ?? product.Price;
        product.IsForSale = isForSale ?? product.IsForSale;
        return Reply.Ok(() => View.Of(product));
    }

    /// <param name="perOrder">Whether the limit is that of an order, else that of a user.</param>
    public Reply LimitPurchases(Asker by, long productId, bool perOrder, int? limit)
    {
        if (by.Administers() is { } refused)
            return refused;
        if (limit is < 1 or > ShopRules.MostInLine)
            return Reply.Invalid();
        if (FindProduct(productId) is not { } product)
            return ProductNotFound();
        if (perOrder)
            product.MaxPerOrder = limit;
        else
        {
            product.Period += product.MaxPerUser is null && limit is not null ? 1 : 0;
            product.MaxPerUser = limit;
        }

        return Reply.Ok(() => View.Of(product));
    }

    public Reply AdjustStock(Asker by, long productId, long delta, string reason)
    {
        if (by.Administers() is { } refused)
            return refused;
        if (delta == 0 || reason.Length is < 1 or > 200)
            return Reply.Invalid();
        if (FindProduct(productId) is not { } product)
            return ProductNotFound();
        if (product.Available + (Int128)delta < 0)
            return Reply.Conflict("catalog.stock_would_go_negative");
        if (delta > 0 && product.OnHand + (Int128)delta > ShopRules.MostOnHand)
            return Reply.Conflict("catalog.stock_limit_exceeded");
        Move(product, "ADJUSTMENT", delta, reason);
        return Reply.Ok(() => View.Of(product));
    }

    private void Move(Product product, string type, long delta, string? reason = null, Order? order = null)
    {
        product.OnHand += delta;
        product.Movements.Add(new Movement(type, delta, product.OnHand, reason, order, Now));
    }

    private static Reply ProductNotFound() => Reply.Refused(404, "catalog.product_not_found");

    private static Reply NotForSale() => Reply.Conflict("catalog.not_for_sale");

    private static Reply OutOfStock(IEnumerable<(Product Product, long Requested)> shortages) => Reply.Conflict(
        "catalog.out_of_stock",
        new
        {
            shortages = shortages.Select(
                line => new
                {
                    productId = line.Product.Id,
                    requested = line.Requested,
                    available = line.Product.Available,
                }).ToList(),
        });
}
