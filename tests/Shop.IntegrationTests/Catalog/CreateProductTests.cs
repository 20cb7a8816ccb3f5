using System.Globalization;
using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class CreateProductTests : ShopTest
{
    [Fact]
    public async Task A_product_is_made_and_can_be_read_by_anyone()
    {
        var made =
            (await Admin.PostAsync(
                "/admin/products",
                new { name = "키보드", price = 1_000_000_000, stock = 1_000_000_000, extra = 1 })).Expect(
                    HttpStatusCode.Created);
        var id = made["productId"].GetInt64();

        Assert.Equal($"/api/v1/products/{id}", made.Headers.Location?.ToString());
        var read = (await Anonymous.GetAsync($"/products/{id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(made.Text, read.Text);
        Assert.Equal(
            $$"""{"productId":{{id}},"name":"키보드","description":null,"price":1000000000,"""
            + "\"stock\":1000000000,\"status\":\"SELLING\",\"categoryIds\":[],\"images\":[],\"sellFrom\":null,"
            + "\"sellUntil\":null,\"maxPerOrder\":null,\"maxPerUser\":null,\"lowStockThreshold\":5,"
            + "\"sku\":null}",
            read.Text);
    }

    [Fact]
    public async Task Images_and_the_threshold_are_kept_in_their_order()
    {
        object[] images =
        [
            new { url = "https://cdn.example/가.png?size=1", alt = " 앞 " }, new { url = "http://cdn.example/2.png" },
        ];
        var made = (await Admin.PostAsync(
            "/admin/products", new { name = "x", price = 1, stock = 1, images, lowStockThreshold = (int?)null }))
            .Expect(HttpStatusCode.Created);
        var path = $"/admin/products/{made["productId"]}";
        const string Kept = """
            [{"url":"https://cdn.example/가.png?size=1","alt":"앞"},{"url":"http://cdn.example/2.png","alt":null}]
            """;
        Assert.Equal(Kept, (await Anonymous.GetAsync($"/products/{made["productId"]}"))["images"].GetRawText());
        Assert.Equal(JsonValueKind.Null, made["lowStockThreshold"].ValueKind);

        var changed = (await Admin.PatchAsync(path, new { images = images[..1], lowStockThreshold = 1_000_000_000 }))
            .Expect(HttpStatusCode.OK);
        Assert.Equal(1, changed["images"].GetArrayLength());
        Assert.Equal(1_000_000_000, changed["lowStockThreshold"].GetInt64());
        var listed = (await Anonymous.GetAsync("/products"))["items"][0];
        Assert.Equal(changed["images"].GetRawText(), listed.GetProperty("images").GetRawText());
        foreach (var (url, field) in new[]
        {
            ("javascript:alert(1)", "images[0].url"), ("/x.png", "images[0].url"), ("", "images[0].url"),
            ("https://", "images[0].url"), ($"https://x/{new string('x', 2_000)}", "images[0].url"),
        })
            (await Admin.PatchAsync(path, new { images = (object[])[new { url }] })).ExpectInvalid(field);
        (await Admin.PatchAsync(path, new { images = Enumerable.Repeat(images[1], 11) })).ExpectInvalid("images");
        (await Admin.PatchAsync(path, new { lowStockThreshold = -1 })).ExpectInvalid("lowStockThreshold");
        foreach (var json in (string[])["""{"images":null}""", """{"images":[null]}""", """{"images":[{"alt":"x"}]}"""])
            (await Admin.SendRawAsync(HttpMethod.Patch, path, json)).ExpectProblem(
                HttpStatusCode.BadRequest, "validation");
    }

    [Fact]
    public async Task A_sku_is_one_products_alone_also_where_several_come_at_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Admin.PostAsync(
            "/admin/products", new { name = $"{n}", price = 1, stock = 1, sku = " A-1 " })));
        var made = Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal("A-1", made["sku"].GetString());
        foreach (var refused in answers.Where(answer => answer != made))
            Assert.Equal("A-1", refused.ExpectProblem(HttpStatusCode.Conflict, "catalog.sku_taken")["sku"].GetString());

        var (one, two) = (await CreateProductAsync(), await CreateProductAsync());
        var changes = await Task.WhenAll(new[] { one, two }.Select(
            id => Admin.PatchAsync($"/admin/products/{id}", new { sku = "B~2", price = 7 })));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], changes.Select(answer => answer.Status).Order());
        var path = $"/admin/products/{made["productId"]}";
        (await Admin.PatchAsync(path, new { sku = "B~2" })).ExpectProblem(
            HttpStatusCode.Conflict, "catalog.sku_taken");
        (await Admin.PatchAsync(path, new { sku = "a-1" })).Expect(HttpStatusCode.OK);
        Assert.Equal(
            JsonValueKind.Null,
            (await Admin.PatchAsync(path, new { sku = (string?)null })).Expect(HttpStatusCode.OK)["sku"].ValueKind);
        foreach (var sku in (string[])["", " ", "a b", "가", new string('x', 65)])
            (await Admin.PatchAsync(path, new { sku })).ExpectInvalid("sku");
    }

    [Fact]
    public async Task A_stopped_product_can_be_made_and_read()
    {
        var made = (await Admin.PostAsync("/admin/products", new
        {
            name = "x",
            description = "d",
            price = 0,
            stock = 0,
            status = "STOPPED",
        })).Expect(HttpStatusCode.Created);
        var read = (await Anonymous.GetAsync($"/products/{made["productId"]}")).Expect(HttpStatusCode.OK);
        Assert.Equal("STOPPED", read["status"].GetString());
        Assert.Equal("d", read["description"].GetString());
        var movements = (await Admin.GetAsync($"/admin/products/{made["productId"]}/stock-movements")).Expect(
            HttpStatusCode.OK);
        Assert.Equal("""{"items":[],"nextCursor":null}""", movements.Text);
    }

    [Theory]
    [InlineData("""{"price":1,"stock":1}""", "name")]
    [InlineData("""{"name":null,"price":1,"stock":1}""", "name")]
    [InlineData("""{"name":" ","price":1,"stock":1}""", "name")]
    [InlineData("""{"name":"\u0000","price":1,"stock":1}""", "name")]
    [InlineData("""{"name":"\ud800","price":1,"stock":1}""", "name")]
    [InlineData("""{"name":"x","stock":1}""", "price")]
    [InlineData("""{"name":"x","price":-1,"stock":1}""", "price")]
    [InlineData("""{"name":"x","price":1000000001,"stock":1}""", "price")]
    [InlineData("""{"name":"x","price":"5","stock":1}""", "price")]
    [InlineData("""{"name":"x","price":5.0,"stock":1}""", "price")]
    [InlineData("""{"name":"x","price":1e3,"stock":1}""", "price")]
    [InlineData("""{"name":"x","price":1,"stock":-1}""", "stock")]
    [InlineData("""{"name":"x","price":1,"stock":1000000001}""", "stock")]
    [InlineData("""{"name":"x","price":1,"stock":99999999999999999999}""", "stock")]
    [InlineData("""{"name":"x","price":1,"stock":1,"status":"selling2"}""", "status")]
    [InlineData("""{"name":"x","price":1,"stock":1,"status":0}""", "status")]
    [InlineData("""{"name":"x","price":1,"stock":1,"description":5}""", "description")]
    public async Task An_invalid_product_is_refused(string body, string field) =>
        (await Admin.SendRawAsync(HttpMethod.Post, "/admin/products", body)).ExpectInvalid(field);

    [Fact]
    public async Task Lengths_are_bounded()
    {
        (await Admin.PostAsync(
            "/admin/products",
            new { name = new string('가', 200), description = new string('가', 10_000), price = 1, stock = 1 })).Expect(
                HttpStatusCode.Created);
        (await Admin.PostAsync(
            "/admin/products", new { name = new string('가', 201), price = 1, stock = 1 })).ExpectInvalid("name");
        var smiles = string.Concat(Enumerable.Repeat("😀", 200));
        var product = (await Admin.PostAsync("/admin/products", new { name = smiles, price = 1, stock = 1 })).Expect(
            HttpStatusCode.Created);
        (await Admin.PostAsync(
            $"/admin/products/{product["productId"]}/stock-adjustments",
            new { delta = 1, reason = smiles })).Expect(HttpStatusCode.OK);
        (await Admin.PostAsync(
            "/admin/products", new { name = $"{smiles}!", price = 1, stock = 1 })).ExpectInvalid("name");
        (await Admin.PostAsync("/admin/products", new
        {
            name = "x",
            description = new string('a', 10_001),
            price = 1,
            stock = 1,
        })).ExpectInvalid("description");
    }

    [Fact]
    public async Task Only_administrators_may_touch_products()
    {
        var customer = await SignUpAsync();
        foreach (var (client, status, code) in new[]
        {
            (Anonymous, HttpStatusCode.Unauthorized, "auth.unauthenticated"),
            (customer.Client, HttpStatusCode.Forbidden, "auth.forbidden"),
        })
        {
            (await client.PostAsync("/admin/products", new { name = "x", price = 1, stock = 1 })).ExpectProblem(
                status, code);
            (await client.PatchAsync("/admin/products/1", new { name = "x" })).ExpectProblem(status, code);
            (await client.PostAsync(
                "/admin/products/1/stock-adjustments", new { delta = 1, reason = "x" })).ExpectProblem(status, code);
            (await client.GetAsync("/admin/products/1/stock-movements")).ExpectProblem(status, code);
            var stopped = (await client.GetAsync("/products?status=STOPPED")).ExpectProblem(status, code);
            (await client.GetAsync("/products?status=ALL")).ExpectProblem(status, code);
            Assert.Equal(status == HttpStatusCode.Unauthorized, stopped.Headers.WwwAuthenticate.Count > 0);
            (await client.GetAsync("/products?status=SELLING")).Expect(HttpStatusCode.OK);
        }

        (await Admin.GetAsync("/products?status=ALL")).Expect(HttpStatusCode.OK);
        (await Shop.Client("nonsense").GetAsync("/products")).Expect(HttpStatusCode.OK);
    }
}
