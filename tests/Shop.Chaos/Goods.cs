using Shop.Client;

namespace Shop.Chaos;

/// <summary>The goods of a round: plenty of some, too little of others.</summary>
/// <param name="Limited">One of the products, with limits on what a user may buy.</param>
/// <param name="Staff">A token that may refund.</param>
internal sealed record Goods(
    IReadOnlyList<long> Products, long Limited, IReadOnlyList<long> Coupons, string Staff)
{
    public const int MaxPerUser = 4;

    private const int MaxPerOrder = 3;
    private const int Plenty = 1_000_000;

    /// <param name="admin">A token of the administrator.</param>
    public static async Task<Goods> StockAsync(Client client, string admin)
    {
        var products = new List<long>();
        foreach (var stock in (int[])[Plenty, Plenty, Plenty, 60, 20])
            products.Add(await MakeAsync(
                new CreateProductRequest { Name = $"Product of {stock}", Price = 700 + stock % 300, Stock = stock }));
        var limited = await MakeAsync(new CreateProductRequest
        {
            Name = "Limited product",
            Price = 900,
            Stock = Plenty,
            MaxPerOrder = MaxPerOrder,
            MaxPerUser = MaxPerUser,
        });
        products.Add(limited);
        var coupons = new List<long>();
        foreach (var quantity in (int[])[Plenty, 8, 5])
        {
            var coupon = Coupon(quantity);
            var made = await client.PostAsync("stock", admin, (shop, key) => shop.CreateCouponAsync(coupon, key));
            coupons.Add(made.Expect()["couponId"].GetInt64());
        }

        return new Goods(products, limited, coupons, admin);

        async Task<long> MakeAsync(CreateProductRequest product) =>
            (await client.PostAsync("stock", admin, (shop, key) => shop.CreateProductAsync(product, key)))
                .Expect()["productId"].GetInt64();
    }

    private static CreateCoupon Coupon(int quantity) => new()
    {
        Name = $"Coupon of {quantity}",
        Discount = new Discount { Type = DiscountType.Percent, Value = 10 },
        Quantity = quantity,
        IssueFrom = DateTimeOffset.UtcNow.AddDays(-1),
        IssueUntil = DateTimeOffset.UtcNow.AddDays(1),
        ValidUntil = DateTimeOffset.UtcNow.AddDays(2),
    };
}
