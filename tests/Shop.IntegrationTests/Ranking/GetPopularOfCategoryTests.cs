using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Ranking;

public sealed class GetPopularOfCategoryTests : RankingTest
{
    [Fact]
    public async Task A_category_lists_what_was_sold_of_it_and_of_those_under_it()
    {
        var home = await CategoryAsync("Home", null);
        var kitchen = await CategoryAsync("Kitchen", home);
        var cups = await CategoryAsync("Cups", kitchen);
        var gifts = await CategoryAsync("Gifts", null);
        var (cup, mug, lamp, tea) = (
            await CreateAsync(cups, gifts), await CreateAsync(cups), await CreateAsync(home), await CreateAsync());
        var unsold = await CreateAsync(gifts);
        var later = Paid(Noon, (cup, 1));
        await DeliverAsync(
            Paid(Noon, (cup, 3), (tea, 9)), Paid(Noon.AddDays(-2), (mug, 5), (lamp, 5)), later,
            Refunded(later, Noon));
        var computedAt = await RecomputeAsync();

        Assert.Equal($"{mug}:5 {lamp}:5 {cup}:3", await ListAsync(home));
        Assert.Equal($"{mug}:5 {cup}:3", await ListAsync(cups));
        Assert.Equal($"{mug}:5", await ListAsync(kitchen, limit: 1));
        Assert.Equal($"{cup}:3", await ListAsync(cups, days: 1));
        Assert.Equal($"{cup}:3", await ListAsync(gifts));
        Assert.Equal("", await ListAsync(unsold + 1_000));
        var answer = await Anonymous.GetAsync($"/products/popular?days=2&categoryId={gifts}");
        Assert.Equal((2, computedAt), (answer["days"].GetInt32(), answer["computedAt"].GetDateTimeOffset()));
        Assert.Equal(
            ["rank", "productId", "name", "price", "quantitySold"],
            answer["items"][0].EnumerateObject().Select(member => member.Name));

        // Later sales are listed by the next computation; a stopped product leaves its place at once.
        await DeliverAsync(Paid(Noon, (lamp, 7)));
        (await Manager.PatchAsync($"/admin/products/{mug}", new { status = "STOPPED" })).Expect(HttpStatusCode.OK);
        Assert.Equal($"{lamp}:5 {cup}:3", await ListAsync(home));
        await RecomputeAsync();
        Assert.Equal($"{lamp}:12 {cup}:3", await ListAsync(home));
        Assert.Equal("", Listed(await Anonymous.GetAsync("/products/popular?categoryId=-1")));
        Assert.NotEqual("", Listed(await Anonymous.GetAsync("/products/popular?categoryId=")));
    }

    [Fact]
    public async Task Bad_input_is_named_field_by_field()
    {
        foreach (var (query, field) in ((string, string)[])
            [("days=0", "days"), ("days=31", "days"), ("limit=0", "limit"), ("limit=101", "limit")])
            (await Anonymous.GetAsync($"/products/popular?categoryId=1&{query}")).ExpectInvalid(field);
        (await Anonymous.GetAsync("/products/popular?categoryId=x")).ExpectInvalid("categoryId");
    }

    private async Task<string> ListAsync(long categoryId, int days = 3, int limit = 100) =>
        Listed(await Anonymous.GetAsync($"/products/popular?days={days}&limit={limit}&categoryId={categoryId}"));

    private async Task<long> CategoryAsync(string name, long? parentId) =>
        (await Manager.PostAsync("/admin/categories", new { name, parentId }))
            .Expect(HttpStatusCode.Created)["categoryId"]
            .GetInt64();

    private async Task<long> CreateAsync(params long[] categoryIds) =>
        (await Manager.PostAsync("/admin/products", new { name = "Thing", price = 1, stock = 1_000, categoryIds }))
            .Expect(HttpStatusCode.Created)["productId"]
            .GetInt64();
}
