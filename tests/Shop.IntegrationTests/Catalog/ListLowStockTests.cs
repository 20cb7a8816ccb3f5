using System.Net;
using Shop.Catalog.Contracts;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class ListLowStockTests : ShopTest
{
    [Fact]
    public async Task Products_for_sale_at_or_under_their_threshold_come_lowest_first()
    {
        var customer = await SignUpAsync(balance: 10_000);
        var sold = await CreateAsync(stock: 6);
        var never = await CreateAsync(stock: 0, threshold: null);
        var (low, lower) = (await CreateAsync(stock: 5), await CreateAsync(stock: 4));
        var stopped = await CreateAsync(stock: 1);
        await Admin.PatchAsync($"/admin/products/{stopped}", new { status = "STOPPED" });
        await CheckAsync((lower, 4), (low, 5));

        // Reserved, sold and returned.
        var orderId = await customer.PlaceAsync((sold, 1));
        await CheckAsync((lower, 4), (sold, 5), (low, 5));
        (await customer.PostAsync($"/orders/{orderId}/cancel")).Expect(HttpStatusCode.OK);
        await Shop.DeliverEventsAsync();
        await CheckAsync((lower, 4), (low, 5));
        (await customer.PostAsync("/checkout", new
        {
            userId = customer.UserId,
            items = (object[])[new { productId = sold, quantity = 3 }],
        })).Expect(HttpStatusCode.Created);
        await CheckAsync((sold, 3), (lower, 4), (low, 5));

        // Adjusted, and judged by another threshold, or for sale again.
        (await Admin.PostAsync($"/admin/products/{sold}/stock-adjustments", new { delta = 9, reason = "r" })).Expect(
            HttpStatusCode.OK);
        (await Admin.PatchAsync($"/admin/products/{low}", new { lowStockThreshold = 0 })).Expect(HttpStatusCode.OK);
        (await Admin.PatchAsync($"/admin/products/{never}", new { lowStockThreshold = 0 })).Expect(HttpStatusCode.OK);
        await Admin.PatchAsync($"/admin/products/{stopped}", new { status = "SELLING" });
        await Admin.PatchAsync($"/admin/products/{lower}", new { sellFrom = "2090-01-01T00:00:00Z" });
        await CheckAsync((never, 0), (stopped, 1));
        Assert.Equal(
            0,
            await Shop.QueryAsync<long>("""
                select count(*) from catalog.stock s full join catalog.low_stock l using (product_id)
                where coalesce(on_hand - reserved <= low_stock_threshold, false) <> (l.product_id is not null)
                    or l.stock <> on_hand - reserved
                """));
    }

    [Fact]
    public async Task There_are_twenty_at_most()
    {
        await Task.WhenAll(Enumerable.Range(0, 21).Select(_ => CreateAsync(stock: 5)));
        Assert.Equal(20, (await SendAsync(new ListLowStock())).Count);
    }

    private async Task CheckAsync(params (long ProductId, long Stock)[] expected) =>
        Assert.Equal(expected, (await SendAsync(new ListLowStock())).Select(low => (low.ProductId, low.Stock)));

    private async Task<long> CreateAsync(long stock, long? threshold = 5) =>
        (await Admin.PostAsync(
            "/admin/products", new { name = "x", price = 1, stock, lowStockThreshold = threshold }))
            .Expect(HttpStatusCode.Created)["productId"].GetInt64();
}
