using System.Globalization;
using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class AdjustStockTests : ShopTest
{
    [Fact]
    public async Task Adjustments_move_stock_between_what_is_reserved_and_the_limit()
    {
        var customer = await SignUpAsync();
        var id = await CreateProductAsync(stock: 10);
        await customer.PlaceAsync((id, 4));
        Task<Answer> Adjust(long delta) =>
            Admin.PostAsync($"/admin/products/{id}/stock-adjustments", new { delta, reason = "count" });

        Assert.Equal(6, await StockOfAsync(id));
        (await Adjust(-7)).ExpectProblem(HttpStatusCode.Conflict, "catalog.stock_would_go_negative");
        (await Adjust(long.MinValue)).ExpectProblem(HttpStatusCode.Conflict, "catalog.stock_would_go_negative");
        Assert.Equal(0, (await Adjust(-6)).Expect(HttpStatusCode.OK)["stock"].GetInt64());
        Assert.Equal(999_999_996, (await Adjust(999_999_996)).Expect(HttpStatusCode.OK)["stock"].GetInt64());
        (await Adjust(1)).ExpectProblem(HttpStatusCode.Conflict, "catalog.stock_limit_exceeded");
        (await Adjust(long.MaxValue)).ExpectProblem(HttpStatusCode.Conflict, "catalog.stock_limit_exceeded");
        (await Adjust(0)).ExpectInvalid("delta");
        foreach (var (body, field) in new[]
        {
            ("""{"delta":1}""", "reason"),
            ("""{"delta":1,"reason":" "}""", "reason"),
            ("""{"delta":1,"reason":null}""", "reason"),
            ("""{"reason":"x"}""", "delta"),
            ("""{"delta":1.5,"reason":"x"}""", "delta"),
            ($$"""{"delta":1,"reason":"{{new string('x', 201)}}"}""", "reason"),
        })
            (await Admin.SendRawAsync(
                HttpMethod.Post, $"/admin/products/{id}/stock-adjustments", body)).ExpectInvalid(field);
    }
}
