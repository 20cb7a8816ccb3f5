using System.Globalization;
using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class ProductTests : ShopTest
{
    [Fact]
    public async Task A_product_is_made_and_can_be_read_by_anyone()
    {
        var made = (await Admin.PostAsync("/admin/products", new { name = "키보드", price = 1_000_000_000, stock = 1_000_000_000, extra = 1 })).Expect(HttpStatusCode.Created);
        var id = made["productId"].GetInt64();

        Assert.Equal($"/api/v1/products/{id}", made.Headers.Location?.ToString());
        var read = (await Anonymous.GetAsync($"/products/{id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(made.Text, read.Text);
        Assert.Equal($$"""{"productId":{{id}},"name":"키보드","description":null,"price":1000000000,"stock":1000000000,"status":"SELLING"}""", read.Text);
    }

    [Fact]
    public async Task A_stopped_product_can_be_made_and_read()
    {
        var made = (await Admin.PostAsync("/admin/products", new { name = "x", description = "d", price = 0, stock = 0, status = "STOPPED" })).Expect(HttpStatusCode.Created);
        var read = (await Anonymous.GetAsync($"/products/{made["productId"]}")).Expect(HttpStatusCode.OK);
        Assert.Equal("STOPPED", read["status"].GetString());
        Assert.Equal("d", read["description"].GetString());
        var movements = (await Admin.GetAsync($"/admin/products/{made["productId"]}/stock-movements")).Expect(HttpStatusCode.OK);
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
        (await Admin.PostAsync("/admin/products", new { name = new string('가', 200), description = new string('가', 10_000), price = 1, stock = 1 })).Expect(HttpStatusCode.Created);
        (await Admin.PostAsync("/admin/products", new { name = new string('가', 201), price = 1, stock = 1 })).ExpectInvalid("name");
        var smiles = string.Concat(Enumerable.Repeat("😀", 200));
        var product = (await Admin.PostAsync("/admin/products", new { name = smiles, price = 1, stock = 1 })).Expect(HttpStatusCode.Created);
        (await Admin.PostAsync($"/admin/products/{product["productId"]}/stock-adjustments", new { delta = 1, reason = smiles })).Expect(HttpStatusCode.OK);
        (await Admin.PostAsync("/admin/products", new { name = $"{smiles}!", price = 1, stock = 1 })).ExpectInvalid("name");
        (await Admin.PostAsync("/admin/products", new { name = "x", description = new string('a', 10_001), price = 1, stock = 1 })).ExpectInvalid("description");
    }

    [Fact]
    public async Task Only_administrators_may_touch_products()
    {
        var customer = await SignUpAsync();
        foreach (var (client, status, code) in new[] { (Anonymous, HttpStatusCode.Unauthorized, "auth.unauthenticated"), (customer.Client, HttpStatusCode.Forbidden, "auth.forbidden") })
        {
            (await client.PostAsync("/admin/products", new { name = "x", price = 1, stock = 1 })).ExpectProblem(status, code);
            (await client.PatchAsync("/admin/products/1", new { name = "x" })).ExpectProblem(status, code);
            (await client.PostAsync("/admin/products/1/stock-adjustments", new { delta = 1, reason = "x" })).ExpectProblem(status, code);
            (await client.GetAsync("/admin/products/1/stock-movements")).ExpectProblem(status, code);
            var stopped = (await client.GetAsync("/products?status=STOPPED")).ExpectProblem(status, code);
            (await client.GetAsync("/products?status=ALL")).ExpectProblem(status, code);
            Assert.Equal(status == HttpStatusCode.Unauthorized, stopped.Headers.WwwAuthenticate.Count > 0);
            (await client.GetAsync("/products?status=SELLING")).Expect(HttpStatusCode.OK);
        }

        (await Admin.GetAsync("/products?status=ALL")).Expect(HttpStatusCode.OK);
        (await Shop.Client("nonsense").GetAsync("/products")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        foreach (var id in new[] { "99", "-1", "0", "9223372036854775807" })
        {
            (await Anonymous.GetAsync($"/products/{id}")).ExpectProblem(HttpStatusCode.NotFound, "catalog.product_not_found");
            (await Admin.PatchAsync($"/admin/products/{id}", new { price = 1 })).ExpectProblem(HttpStatusCode.NotFound, "catalog.product_not_found");
            (await Admin.PostAsync($"/admin/products/{id}/stock-adjustments", new { delta = 1, reason = "x" })).ExpectProblem(HttpStatusCode.NotFound, "catalog.product_not_found");
            (await Admin.GetAsync($"/admin/products/{id}/stock-movements")).ExpectProblem(HttpStatusCode.NotFound, "catalog.product_not_found");
        }

        foreach (var id in new[] { "abc", "1.5", "9223372036854775808" })
            (await Anonymous.GetAsync($"/products/{id}")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_patch_changes_what_is_present()
    {
        var id = (await Admin.PostAsync("/admin/products", new { name = "x", description = "d", price = 1, stock = 5 })).Expect(HttpStatusCode.Created)["productId"].GetInt64();
        async Task Check(string patch, string expected) =>
            Assert.Equal($$"""{"productId":{{id}},{{expected}}}""", (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", patch)).Expect(HttpStatusCode.OK).Text);
        await Check("""{"price":0}""", """
            "name":"x","description":"d","price":0,"stock":5,"status":"SELLING"
            """);
        await Check("""{"description":null,"name":"y"}""", """
            "name":"y","description":null,"price":0,"stock":5,"status":"SELLING"
            """);
        await Check("""{"description":"e","status":"STOPPED","stock":99}""", """
            "name":"y","description":"e","price":0,"stock":5,"status":"STOPPED"
            """);
        foreach (var (body, field) in new[]
        {
            ("""{"name":null}""", "name"), ("""{"price":null}""", "price"), ("""{"status":null}""", "status"), ("""{"name":""}""", "name"),
            ("""{"price":-1}""", "price"), ("""{"price":1000000001}""", "price"), ("""{"status":"GONE"}""", "status"), ("""{"name":5}""", "name"),
        })
            (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", body)).ExpectInvalid(field);
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", "")).ExpectProblem(HttpStatusCode.BadRequest, "validation");
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", "[]")).ExpectProblem(HttpStatusCode.BadRequest, "validation");
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", "null")).ExpectProblem(HttpStatusCode.BadRequest, "validation");
    }

    [Theory]
    [InlineData("NEWEST")]
    [InlineData("PRICE_ASC")]
    [InlineData("PRICE_DESC")]
    [InlineData("NAME")]
    public async Task Every_sort_can_be_paged(string sort)
    {
        (string Name, long Price)[] products = [("b", 3), ("a", 3), ("나", 1), ("a", 2), ("B", 5), ("가", 3), ("c", 1)];
        foreach (var (name, price) in products)
            await CreateProductAsync(price, name: name);
        await Admin.PatchAsync("/admin/products/7", new { status = "STOPPED" });

        foreach (var status in new[] { "SELLING", "ALL", "STOPPED" })
        {
            var whole = await Ids($"/products?sort={sort}&status={status}&limit=100", Admin);
            var paged = await Ids($"/products?sort={sort}&status={status}&limit=2", Admin);
            Assert.Equal(whole, paged);
            Assert.Equal(status switch { "SELLING" => 6, "ALL" => 7, _ => 1 }, whole.Count);
            var expected = Enumerable.Range(1, 7).Where(id => status == "ALL" || id == 7 == (status == "STOPPED"));
            Assert.Equal(
                sort switch
                {
                    "NEWEST" => expected.OrderByDescending(id => id),
                    "PRICE_ASC" => expected.OrderBy(id => products[id - 1].Price).ThenBy(id => id),
                    "PRICE_DESC" => expected.OrderByDescending(id => products[id - 1].Price).ThenByDescending(id => id),
                    _ => expected.OrderBy(id => products[id - 1].Name, StringComparer.Ordinal).ThenBy(id => id),
                },
                whole.Select(id => (int)id));
        }
    }

    [Fact]
    public async Task A_search_takes_its_term_literally_and_without_case()
    {
        foreach (var name in new[] { "100% Cotton", "1000 Cottons", "snake_case", "snakeXcase", "ÉCLAIR", "back\\slash", "키보드" })
            await CreateProductAsync(name: name);
        async Task Check(string q, params long[] ids) => Assert.Equal(ids, await Ids($"/products?sort=PRICE_ASC&q={Uri.EscapeDataString(q)}", Anonymous));
        await Check("0%", 1);
        await Check("cotton", 1, 2);
        await Check("COTTONS", 2);
        await Check("e_c", 3);
        await Check("éclair", 5);
        await Check("\\", 6);
        await Check("보", 7);
        await Check("", 1, 2, 3, 4, 5, 6, 7);
        await Check("'; drop table catalog.products; --");
    }

    [Fact]
    public async Task A_cursor_opens_only_its_own_list()
    {
        for (var i = 0; i < 3; i++)
            await CreateProductAsync();
        var cursor = (await Anonymous.GetAsync("/products?limit=1"))["nextCursor"].GetString();
        (await Anonymous.GetAsync($"/products?limit=2&cursor={cursor}")).Expect(HttpStatusCode.OK);
        (await Anonymous.GetAsync($"/products?sort=NEWEST&status=SELLING&cursor={cursor}")).Expect(HttpStatusCode.OK);
        foreach (var other in new[] { "sort=NAME", "q=k", "sort=PRICE_ASC" })
            (await Anonymous.GetAsync($"/products?{other}&cursor={cursor}")).ExpectInvalid("cursor");
        (await Admin.GetAsync($"/products?status=ALL&cursor={cursor}")).ExpectInvalid("cursor");
        (await Admin.GetAsync($"/admin/products/1/stock-movements?cursor={cursor}")).ExpectInvalid("cursor");
        (await Anonymous.GetAsync("/products?cursor=abc")).ExpectInvalid("cursor");
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=abc", "limit")]
    [InlineData("limit=0x10", "limit")]
    [InlineData("limit=5&limit=6", "limit")]
    [InlineData("sort=PRICE", "sort")]
    [InlineData("sort=0", "sort")]
    [InlineData("sort=newest", "sort")]
    [InlineData("status=0", "status")]
    [InlineData("q=%00", "q")]
    public async Task An_invalid_query_is_refused(string query, string field) => (await Anonymous.GetAsync($"/products?{query}")).ExpectInvalid(field);

    [Fact]
    public async Task Adjustments_move_stock_between_what_is_reserved_and_the_limit()
    {
        var customer = await SignUpAsync();
        var id = await CreateProductAsync(stock: 10);
        await customer.PlaceAsync((id, 4));
        Task<Answer> Adjust(long delta) => Admin.PostAsync($"/admin/products/{id}/stock-adjustments", new { delta, reason = "count" });

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
            ("""{"delta":1}""", "reason"), ("""{"delta":1,"reason":" "}""", "reason"), ("""{"delta":1,"reason":null}""", "reason"),
            ("""{"reason":"x"}""", "delta"), ("""{"delta":1.5,"reason":"x"}""", "delta"), ($$"""{"delta":1,"reason":"{{new string('x', 201)}}"}""", "reason"),
        })
            (await Admin.SendRawAsync(HttpMethod.Post, $"/admin/products/{id}/stock-adjustments", body)).ExpectInvalid(field);

        var page = (await Admin.GetAsync($"/admin/products/{id}/stock-movements?limit=2")).Expect(HttpStatusCode.OK);
        var items = page["items"].EnumerateArray().ToList();
        Assert.Equal(["ADJUSTMENT", "ADJUSTMENT"], items.Select(item => item.GetProperty("type").GetString()));
        Assert.Equal([999_999_996, -6], items.Select(item => item.GetProperty("delta").GetInt64()));
        Assert.Equal([1_000_000_000, 4], items.Select(item => item.GetProperty("onHandAfter").GetInt64()));
        Assert.Equal("count", items[0].GetProperty("reason").GetString());
        Assert.EndsWith("Z", items[0].GetProperty("occurredAt").GetString(), StringComparison.Ordinal);
        var rest = (await Admin.GetAsync($"/admin/products/{id}/stock-movements?limit=2&cursor={page["nextCursor"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal("INITIAL", rest["items"][0].GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, rest["nextCursor"].ValueKind);
    }

    private static async Task<List<long>> Ids(string path, ShopClient client)
    {
        var ids = new List<long>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await client.GetAsync(cursor.Length == 0 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}&cursor={cursor}"))).Expect(HttpStatusCode.OK);
            ids.AddRange(page["items"].EnumerateArray().Select(item => item.GetProperty("productId").GetInt64()));
            cursor = page["nextCursor"].GetString();
        }

        return ids;
    }
}
