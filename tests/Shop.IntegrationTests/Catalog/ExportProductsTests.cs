using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class ExportProductsTests : ImportTest
{
    [Fact]
    public async Task An_export_imports_again_to_no_change()
    {
        var category = (await Admin.PostAsync("/admin/categories", new { name = "Tea" }))
            .Expect(HttpStatusCode.Created)["categoryId"].GetInt64();
        foreach (var (name, description, url) in new[]
        {
            ("=SUM(A1)", "'=x", "https://x.example/a b.png"), ("''-quotes", "\"quoted\", and\r\nlines", "https://x/1"),
            ("'plain", "'", "https://x/한글"), ("@name", "-", "https://x/,"),
        })
            (await Admin.PostAsync("/admin/products", new
            {
                name,
                description,
                price = 1,
                stock = 2,
                categoryIds = new[] { category },
                lowStockThreshold = 9,
                images = new[] { new { url, alt = "Front" }, new { url, alt = "Back" } },
            })).Expect(HttpStatusCode.Created);
        await Shop.ExecuteAsync("""
            with p as (
                insert into catalog.products (name, price, status, created_at)
                select 'Tea ' || n, n, 'STOPPED', shop.now() from generate_series(1, 250) n returning product_id)
            insert into catalog.stock (product_id, on_hand, reserved) select product_id, 0, 0 from p
            """);

        var export = (await Admin.GetAsync("/admin/exports/products")).Expect(HttpStatusCode.OK);
        Assert.Equal("text/csv", export.ContentType);
        Assert.StartsWith(
            "productId,sku,name,description,price,stock,status,categoryIds,imageUrls\r\n", export.Text,
            StringComparison.Ordinal);
        Assert.Equal(256, export.Text.Split("\r\n").Length - 1);

        var before = await StateAsync();
        var report = await ImportAsync(export.Text);
        Assert.Equal("""{"status":"DONE","rows":254,"done":254,"failed":0,"errors":[]}""", report.Text);
        Assert.Equal(before, await StateAsync());
        Assert.Equal(export.Text, (await Admin.GetAsync("/admin/exports/products")).Text);
    }

    [Fact]
    public async Task A_customer_exports_nothing() =>
        (await (await SignUpAsync()).GetAsync("/admin/exports/products")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");

    private Task<string> StateAsync() => Shop.QueryAsync<string>(
        "select string_agg(p::text || p.xmin, ';' order by product_id) from catalog.products p");
}
