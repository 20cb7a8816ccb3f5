using System.Globalization;
using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class ListProductsTests : ShopTest
{
    [Theory]
    [InlineData("NEWEST")]
    [InlineData("PRICE_ASC")]
    [InlineData("PRICE_DESC")]
    [InlineData("NAME")]
    public async Task Every_sort_can_be_paged(string sort)
    {
        (string Name, long Price)[] products = [("b", 3), ("a", 3), ("나", 1), ("a", 2), ("B", 5), ("가", 3), ("c", 1)];
        var ids = new List<long>();
        foreach (var (name, price) in products)
            ids.Add(await CreateProductAsync(price, name: name));
        await Admin.PatchAsync($"/admin/products/{ids[6]}", new { status = "STOPPED" });

        foreach (var status in new[] { "SELLING", "ALL", "STOPPED" })
        {
            var whole = await Ids($"/products?sort={sort}&status={status}&limit=100", Admin);
            var paged = await Ids($"/products?sort={sort}&status={status}&limit=2", Admin);
            Assert.Equal(whole, paged);
            Assert.Equal(status switch { "SELLING" => 6, "ALL" => 7, _ => 1 }, whole.Count);
            var expected = Enumerable.Range(0, 7).Where(n => status == "ALL" || n == 6 == (status == "STOPPED"));
            Assert.Equal(
                sort switch
                {
                    "NEWEST" => expected.OrderByDescending(n => n),
                    "PRICE_ASC" => expected.OrderBy(n => products[n].Price).ThenBy(n => n),
                    "PRICE_DESC" => expected.OrderByDescending(n => products[n].Price).ThenByDescending(n => n),
                    _ => expected.OrderBy(n => products[n].Name.ToLowerInvariant(), StringComparer.Ordinal)
                        .ThenBy(n => n),
                },
                whole.Select(id => ids.IndexOf(id)));
        }
    }

    [Fact]
    public async Task A_search_takes_its_term_literally_and_without_case()
    {
        var made = new List<long>();
        foreach (var name in new[]
        {
            "100% Cotton",
            "1000 Cottons",
            "snake_case",
            "snakeXcase",
            "ÉCLAIR",
            "back\\slash",
            "키보드",
        })
            made.Add(await CreateProductAsync(name: name));
        async Task Check(string q, params int[] places)
        {
            var found = await Ids($"/products?sort=PRICE_ASC&q={Uri.EscapeDataString(q)}", Anonymous);
            Assert.Equal(places, found.Select(id => made.IndexOf(id) + 1));
        }

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
    public async Task An_invalid_query_is_refused(string query, string field) =>
        (await Anonymous.GetAsync($"/products?{query}")).ExpectInvalid(field);

    private static async Task<List<long>> Ids(string path, ShopClient client)
    {
        var ids = new List<long>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page =
                (await client.GetAsync(
                    cursor.Length == 0 ? path : string.Create(
                        CultureInfo.InvariantCulture, $"{path}&cursor={cursor}"))).Expect(HttpStatusCode.OK);
            ids.AddRange(page["items"].EnumerateArray().Select(item => item.GetProperty("productId").GetInt64()));
            cursor = page["nextCursor"].GetString();
        }

        return ids;
    }
}
