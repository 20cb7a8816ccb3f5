using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

/// <summary>Categories of products, and the lists of their products.</summary>
public sealed class ListCategoriesTests : ShopTest
{
    [Fact]
    public async Task No_category_is_an_empty_page() => Assert.Equal(
        """{"items":[],"nextCursor":null}""",
        (await Anonymous.GetAsync("/categories")).Expect(HttpStatusCode.OK).Text);

    [Fact]
    public async Task A_product_has_twenty_categories_at_most_each_once()
    {
        var ids = new List<long>();
        foreach (var n in Enumerable.Range(1, 21))
            ids.Add(await CreateAsync($"{n}"));
        object Product(IEnumerable<long> categoryIds) => new { name = "x", price = 1, stock = 1, categoryIds };
        (await Admin.PostAsync("/admin/products", Product(ids))).ExpectInvalid("categoryIds");
        (await Admin.PostAsync("/admin/products", Product([999_999_999]))).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.category_not_found");

        var made = (await Admin.PostAsync("/admin/products", Product([ids[3], ids[0], ids[3]])))
            .Expect(HttpStatusCode.Created);
        Assert.Equal($"[{ids[3]},{ids[0]}]", made["categoryIds"].GetRawText());
        var path = $"/admin/products/{made["productId"]}";
        (await Admin.PatchAsync(path, new { categoryIds = ids })).ExpectInvalid("categoryIds");
        (await Admin.PatchAsync(path, new { categoryIds = (long[]?)null })).ExpectInvalid("categoryIds");
        (await Admin.PatchAsync(path, new { categoryIds = (long[])[ids[0], 999_999_999] })).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.category_not_found");
        var changed = (await Admin.PatchAsync(path, new { categoryIds = ids.Take(20) })).Expect(HttpStatusCode.OK);
        Assert.Equal(20, changed["categoryIds"].GetArrayLength());
        Assert.NotEqual(made.Tag, changed.Tag);
        (await Admin.PatchAsync(path, new { categoryIds = Array.Empty<long>() })).Expect(HttpStatusCode.OK);
        Assert.Equal(0, await Shop.QueryAsync<long>("select count(*) from catalog.product_categories"));
    }

    [Theory]
    [InlineData("NEWEST")]
    [InlineData("PRICE_ASC")]
    [InlineData("PRICE_DESC")]
    [InlineData("NAME")]
    public async Task A_list_of_a_category_has_those_under_it_once_in_every_sort(string sort)
    {
        var top = await CreateAsync("top");
        var (left, right) = (await CreateAsync("left", top), await CreateAsync("right", top));
        var (deep, other) = (await CreateAsync("deep", left), await CreateAsync("other"));
        (string Name, long Price, long[] In)[] products =
        [
            ("b Keyboard", 3, [deep, right]), ("a Mouse", 3, [top]), ("나 Keyboard", 1, [other]),
            ("A keyboard", 2, [left]), ("Ⓑ x", 5, [deep, left, right, top]), ("가", 3, []), ("c", 1, [right, other]),
        ];
        var ids = new List<long>();
        foreach (var (name, price, categoryIds) in products)
            ids.Add((await Admin.PostAsync("/admin/products", new { name, price, stock = 1, categoryIds }))
                .Expect(HttpStatusCode.Created)["productId"].GetInt64());
        await Admin.PatchAsync($"/admin/products/{ids[6]}", new { status = "STOPPED" });

        async Task CheckAsync(string query, params int[] places)
        {
            var expected = sort switch
            {
                "NEWEST" => places.OrderByDescending(n => n),
                "PRICE_ASC" => places.OrderBy(n => products[n].Price).ThenBy(n => n),
                "PRICE_DESC" => places.OrderByDescending(n => products[n].Price).ThenByDescending(n => n),
                _ => places.OrderBy(n => products[n].Name.Replace('Ⓑ', 'b').ToLowerInvariant(), StringComparer.Ordinal)
                    .ThenBy(n => n),
            };
            foreach (var limit in (int[])[2, 100])
                Assert.Equal(
                    expected, (await IdsAsync($"/products?sort={sort}&limit={limit}&{query}"))
                    .Select(id => ids.IndexOf(id)));
        }

        await CheckAsync($"categoryId={top}", 0, 1, 3, 4);
        await CheckAsync($"categoryId={left}", 0, 3, 4);
        await CheckAsync($"categoryId={deep}", 0, 4);
        await CheckAsync($"categoryId={top}&status=ALL", 0, 1, 3, 4, 6);
        await CheckAsync($"categoryId={right}&status=STOPPED", 6);
        await CheckAsync($"categoryId={top}&q=KEYBOARD", 0, 3);
        await CheckAsync("q=keyboard", 0, 2, 3);
        await CheckAsync("categoryId=999999999");
        // Moved with what is under it.
        (await Admin.PatchAsync($"/admin/categories/{left}", new { parentId = other })).Expect(HttpStatusCode.OK);
        await CheckAsync($"categoryId={other}", 0, 2, 3, 4);
        await Admin.PatchAsync($"/admin/products/{ids[3]}", new { price = 9, name = "z" });
        products[3] = ("z", 9, [left]);
        await CheckAsync($"categoryId={left}", 0, 3, 4);
    }

    [Fact]
    public async Task A_cursor_belongs_to_its_category()
    {
        var (one, two) = (await CreateAsync("one"), await CreateAsync("two"));
        foreach (var n in Enumerable.Range(0, 2))
            await Admin.PostAsync(
                "/admin/products", new { name = $"{n}", price = 1, stock = 1, categoryIds = (long[])[one, two] });
        var cursor = (await Anonymous.GetAsync($"/products?categoryId={one}&limit=1"))["nextCursor"].GetString();
        (await Anonymous.GetAsync($"/products?categoryId={one}&limit=1&cursor={cursor}")).Expect(HttpStatusCode.OK);
        foreach (var list in (string[])[$"categoryId={two}&", ""])
            (await Anonymous.GetAsync($"/products?{list}limit=1&cursor={cursor}")).ExpectInvalid("cursor");
        (await Anonymous.GetAsync("/products?categoryId=x")).ExpectInvalid("categoryId");
        (await Anonymous.GetAsync("/products?categoryId=")).Expect(HttpStatusCode.OK);
    }

    private async Task<long> CreateAsync(string name, long? parentId = null) =>
        (await Admin.PostAsync("/admin/categories", new { name, parentId }))
            .Expect(HttpStatusCode.Created)["categoryId"].GetInt64();

    private async Task<List<long>> IdsAsync(string path)
    {
        var ids = new List<long>();
        for (string? cursor = null; ;)
        {
            var page = (await Admin.GetAsync(cursor is null ? path : $"{path}&cursor={Uri.EscapeDataString(cursor)}"))
                .Expect(HttpStatusCode.OK);
            ids.AddRange(page["items"].EnumerateArray().Select(item => item.GetProperty("productId").GetInt64()));
            cursor = page["nextCursor"].GetString();
            if (cursor is null)
                return ids;
        }
    }
}
