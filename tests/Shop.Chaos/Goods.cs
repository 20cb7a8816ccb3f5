using System.Globalization;

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
            products.Add(
                (await MakeAsync(
                    client,
                    admin,
                    "/admin/products",
                    new { name = $"Product of {stock}", price = 700 + stock % 300, stock }))["productId"].GetInt64());
        var limits = new
        {
            name = "Limited product",
            price = 900,
            stock = Plenty,
            maxPerOrder = MaxPerOrder,
            maxPerUser = MaxPerUser,
        };
        var limited = (await MakeAsync(client, admin, "/admin/products", limits))["productId"].GetInt64();
        products.Add(limited);
        var coupons = new List<long>();
        foreach (var quantity in (int[])[Plenty, 8, 5])
            coupons.Add((await MakeAsync(client, admin, "/admin/coupons", Coupon(quantity)))["couponId"].GetInt64());
        return new Goods(products, limited, coupons, admin);
    }

    private static async Task<Answer> MakeAsync(Client client, string admin, string path, object body)
    {
        var made = await client.PostAsync("stock", admin, path, body);
        return made.IsSuccess ? made : throw new InvalidOperationException($"POST {path}: {made}");
    }

    private static object Coupon(int quantity) => new
    {
        name = $"Coupon of {quantity}",
        discount = new { type = "PERCENT", value = 10 },
        quantity,
        issueFrom = Time(DateTime.UtcNow.AddDays(-1)),
        issueUntil = Time(DateTime.UtcNow.AddDays(1)),
        validUntil = Time(DateTime.UtcNow.AddDays(2)),
    };

    private static string Time(DateTime at) => at.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
