using System.Globalization;
using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class ListStockMovementsTests : ShopTest
{
    [Fact]
    public async Task Movements_are_listed_newest_first_by_page()
    {
        var id = await CreateProductAsync(stock: 10);
        foreach (var delta in (long[])[-6, 999_999_996])
            (await Admin.PostAsync($"/admin/products/{id}/stock-adjustments", new { delta, reason = "count" })).Expect(
                HttpStatusCode.OK);

        var page = (await Admin.GetAsync($"/admin/products/{id}/stock-movements?limit=2")).Expect(HttpStatusCode.OK);
        var items = page["items"].EnumerateArray().ToList();
        Assert.Equal(["ADJUSTMENT", "ADJUSTMENT"], items.Select(item => item.GetProperty("type").GetString()));
        Assert.Equal([999_999_996, -6], items.Select(item => item.GetProperty("delta").GetInt64()));
        Assert.Equal([1_000_000_000, 4], items.Select(item => item.GetProperty("onHandAfter").GetInt64()));
        Assert.Equal("count", items[0].GetProperty("reason").GetString());
        Assert.EndsWith("Z", items[0].GetProperty("occurredAt").GetString(), StringComparison.Ordinal);
        var rest =
            (await Admin.GetAsync(
                $"/admin/products/{id}/stock-movements?limit=2&cursor={page["nextCursor"].GetString()}")).Expect(
                    HttpStatusCode.OK);
        Assert.Equal("INITIAL", rest["items"][0].GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, rest["nextCursor"].ValueKind);
    }
}
