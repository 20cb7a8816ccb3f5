using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class CreateCategoryTests : ShopTest
{
    [Fact]
    public async Task Categories_stand_in_three_levels()
    {
        var (root, second) = (await CreateAsync("의류"), 0L);
        Assert.Equal(
            $$"""{"categoryId":{{second = await CreateAsync(" 남성 ", root)}},"name":"남성","parentId":{{root}}}""",
            (await Anonymous.GetAsync("/categories"))["items"][1].GetRawText());
        var third = await CreateAsync("셔츠", second);
        (await Admin.PostAsync("/admin/categories", new { name = "x", parentId = third })).ExpectProblem(
            HttpStatusCode.Conflict, "catalog.category_depth");
        (await Admin.PostAsync("/admin/categories", new { name = "x", parentId = 999_999_999 })).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.category_not_found");
        foreach (var name in (string[])["", " ", "\u3164", new string('x', 201)])
            (await Admin.PostAsync("/admin/categories", new { name })).ExpectInvalid("name");
        (await Admin.PostAsync("/admin/categories", new { name = "x", parentId = "1" })).ExpectInvalid("parentId");
        (await (await SignUpAsync()).PostAsync("/admin/categories", new { name = "x" })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task There_are_a_thousand_at_most_also_where_several_come_at_once()
    {
        await Shop.ExecuteAsync(
            "insert into catalog.categories (name, level) select 'Category ' || n, 1 from generate_series(1, 997) n");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            n => Admin.PostAsync("/admin/categories", new { name = $"Late {n}" })));
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        foreach (var refused in answers.Where(answer => answer.Status != HttpStatusCode.Created))
        {
            refused.ExpectProblem(HttpStatusCode.Conflict, "catalog.too_many_categories");
            Assert.Equal(1_000, refused["maximum"].GetInt32());
        }

        // Whole, whatever limit and cursor say.
        var all = (await Anonymous.GetAsync("/categories?limit=1&cursor=x")).Expect(HttpStatusCode.OK);
        Assert.Equal(1_000, all["items"].GetArrayLength());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, all["nextCursor"].ValueKind);
    }

    private async Task<long> CreateAsync(string name, long? parentId = null) =>
        (await Admin.PostAsync("/admin/categories", new { name, parentId }))
            .Expect(HttpStatusCode.Created)["categoryId"].GetInt64();
}
