using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

public sealed class LowStockTests : WebhookTest
{
    [Fact]
    public async Task It_is_told_once_each_time_the_stock_falls_to_the_threshold()
    {
        await SubscribeAsync(Receiver, "catalog.low_stock");
        var product = await ProductAsync(stock: 10, threshold: 5);
        var buyer = await SignUpAsync(balance: 100_000);
        foreach (var quantity in (int[])[4, 2, 1])
            await buyer.PlaceAsync((product, quantity));
        await AdjustAsync(product, 10);
        await AdjustAsync(product, -10);
        await AdjustAsync(product, -1);
        await Shop.DeliverEventsAsync();
        await DeliverAsync(Receiver, posts: 2);

        Assert.Equal([4, 3], Receiver.Taken.Select(post => Product(post.Body).GetProperty("stock").GetInt64()));
        Assert.All(Receiver.Taken, post => Assert.Equal(("catalog.low_stock", true), (post.Type, post.IsSigned)));
        var told = Product(Receiver.Taken[0].Body);
        Assert.Equal(
            (product, "Keyboard", 5),
            (told.GetProperty("productId").GetInt64(), told.GetProperty("name").GetString(),
                told.GetProperty("threshold").GetInt64()));
    }

    [Fact]
    public async Task However_many_buy_at_once_the_fall_is_one()
    {
        await SubscribeAsync(Receiver, "catalog.low_stock");
        var product = await ProductAsync(stock: 20, threshold: 10);
        var buyers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SignUpAsync(balance: 100_000)));
        await Task.WhenAll(buyers.SelectMany(buyer => Enumerable.Range(0, 4).Select(_ => buyer.PostAsync(
            "/checkout", new { userId = buyer.UserId, items = new[] { new { productId = product, quantity = 1 } } }))));
        Assert.Equal(0, await StockOfAsync(product));
        await Shop.DeliverEventsAsync();
        await DeliverAsync(Receiver, posts: 1);
        Assert.Single(Receiver.Posts);
    }

    private async Task<long> ProductAsync(long stock, long threshold) => (await Admin.PostAsync(
        "/admin/products", new { name = "Keyboard", price = 1_000, stock, lowStockThreshold = threshold }))
        .Expect(HttpStatusCode.Created)["productId"].GetInt64();

    private async Task AdjustAsync(long product, long delta) => (await Admin.PostAsync(
        $"/admin/products/{product}/stock-adjustments", new { delta, reason = "Counted" })).Expect(HttpStatusCode.OK);

    private static JsonElement Product(byte[] body) =>
        JsonDocument.Parse(body).RootElement.GetProperty("product");
}
