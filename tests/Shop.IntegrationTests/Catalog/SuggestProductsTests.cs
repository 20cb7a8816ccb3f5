using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class SuggestProductsTests : ShopTest
{
    [Fact]
    public async Task Beginnings_of_names_come_before_those_of_words_and_parts_of_words()
    {
        await CreateProductAsync(name: "Outboard motor");
        await CreateProductAsync(name: "White BOARD");
        await CreateProductAsync(name: "Board game");
        await CreateProductAsync(name: "보드 게임 Ｂｏａｒｄ board");
        var stopped = await CreateProductAsync(name: "Board, stopped");
        await Admin.PatchAsync($"/admin/products/{stopped}", new { status = "STOPPED" });
        var later = await CreateProductAsync(name: "A board of later");
        await Admin.PatchAsync($"/admin/products/{later}", new { sellFrom = "2090-01-01T00:00:00Z" });

        await CheckAsync("board", "Board game", "White BOARD", "보드 게임 Ｂｏａｒｄ board", "Outboard motor");
        await CheckAsync("  BOARD　G ", "Board game");
        await CheckAsync("게임 bo", "보드 게임 Ｂｏａｒｄ board");
        await CheckAsync("bo%");
        await CheckAsync("b", "Board game", "White BOARD", "보드 게임 Ｂｏａｒｄ board", "Outboard motor");
        await CheckAsync("motor out", "Outboard motor");
        await CheckAsync("");
        await CheckAsync(" ");

        // Renamed, and for sale again.
        await Admin.PatchAsync($"/admin/products/{stopped}", new { status = "SELLING", name = "A surf board" });
        await CheckAsync("surf", "A surf board");
        await CheckAsync("stopped");
    }

    [Fact]
    public async Task There_are_ten_at_most()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(n => CreateProductAsync(name: $"Tea tea tea {n:00}")));
        var items = (await Anonymous.GetAsync("/products/suggestions?q=tea")).Expect(HttpStatusCode.OK)["items"];
        Assert.Equal(10, items.GetArrayLength());
        Assert.Equal(10, items.EnumerateArray().DistinctBy(item => item.GetProperty("productId").GetInt64()).Count());
        Assert.Equal(
            """{"items":[]}""", (await Anonymous.GetAsync("/products/suggestions")).Expect(HttpStatusCode.OK).Text);
        var longest = Uri.EscapeDataString(new string('책', 100));
        (await Anonymous.GetAsync($"/products/suggestions?q={longest}")).Expect(HttpStatusCode.OK);
        (await Anonymous.GetAsync($"/products/suggestions?q={longest}x")).ExpectInvalid("q");
    }

    [Fact]
    public async Task A_name_that_grows_by_folding_is_listed_and_found()
    {
        var name = string.Concat(Enumerable.Repeat("\uFDFA \u3316", 66));
        var id = await CreateProductAsync(name: name);
        await CreateProductAsync(name: name);
        var page = (await Anonymous.GetAsync("/products?sort=NAME&limit=1")).Expect(HttpStatusCode.OK);
        var rest = await Anonymous.GetAsync($"/products?sort=NAME&limit=1&cursor={page["nextCursor"]}");
        Assert.Equal(1, rest.Expect(HttpStatusCode.OK)["items"].GetArrayLength());
        var found = (await Anonymous.GetAsync("/products/suggestions?q=%E3%8C%96"))["items"][0];
        Assert.Equal(id, found.GetProperty("productId").GetInt64());
    }

    private async Task CheckAsync(string q, params string[] names) => Assert.Equal(
        names,
        (await Anonymous.GetAsync($"/products/suggestions?q={Uri.EscapeDataString(q)}")).Expect(HttpStatusCode.OK)
            ["items"].EnumerateArray().Select(item => item.GetProperty("name").GetString()));
}
