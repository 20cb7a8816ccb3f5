using System.Net;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class ChangeCategoryTests : ShopTest
{
    [Fact]
    public async Task A_category_moves_with_all_that_is_under_it()
    {
        var (a, b) = (await CreateAsync("a"), await CreateAsync("b"));
        var under = await CreateAsync("under", b);
        var deep = await CreateAsync("deep", under);

        var moved = (await PatchAsync(under, new { parentId = (long?)null, name = "moved" })).Expect(HttpStatusCode.OK);
        Assert.Equal($$"""{"categoryId":{{under}},"name":"moved","parentId":null}""", moved.Text);
        (await PatchAsync(under, new { parentId = a })).Expect(HttpStatusCode.OK);
        (await PatchAsync(a, new { parentId = b })).ExpectProblem(HttpStatusCode.Conflict, "catalog.category_depth");
        foreach (var parentId in (long[])[under, deep])
            (await PatchAsync(under, new { parentId })).ExpectProblem(
                HttpStatusCode.Conflict, "catalog.category_depth");
        (await PatchAsync(deep, new { parentId = 999_999_999 })).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.category_not_found");
        (await PatchAsync(999_999_999, new { name = "x" })).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.category_not_found");
        (await PatchAsync(a, new { })).ExpectInvalid("body");
        (await PatchAsync(a, new { colour = "red" })).ExpectInvalid("body");
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/categories/{a}", """{"name":null}"""))
            .ExpectInvalid("name");

        var row = (await Admin.GetAsync("/admin/activity?action=ChangeCategory&limit=1"))["items"][0];
        Assert.Equal($$"""{"parentId":{{a}}}""", row.GetProperty("after").GetRawText());
    }

    [Fact]
    public async Task Moves_at_once_make_no_cycle()
    {
        for (var round = 0; round < 5; round++)
        {
            var (one, other) = (await CreateAsync("one"), await CreateAsync("other"));
            var answers = await Task.WhenAll(
                PatchAsync(one, new { parentId = other }), PatchAsync(other, new { parentId = one }));
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(answer => answer.Status).Order());
        }
    }

    [Fact]
    public async Task Moves_at_once_make_no_fourth_level()
    {
        for (var round = 0; round < 5; round++)
        {
            var (top, middle) = (await CreateAsync("top"), await CreateAsync("middle"));
            var (low, lowest) = (await CreateAsync("low"), 0L);
            lowest = await CreateAsync("lowest", low);
            var answers = await Task.WhenAll(
                PatchAsync(middle, new { parentId = top }), PatchAsync(low, new { parentId = middle }));
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(answer => answer.Status).Order());
        }
    }

    [Fact]
    public async Task The_schema_has_no_cycle_and_no_fourth_level()
    {
        var root = await CreateAsync("root");
        foreach (var sql in (string[])
        [
            $"update catalog.categories set parent_id = category_id, level = 2 where category_id = {root}",
            $"insert into catalog.categories (name, parent_id, level) values ('x', {root}, 3)",
            "insert into catalog.categories (name, parent_id, level) values ('x', null, 2)",
            $"insert into catalog.categories (name, parent_id, level) values ('x', {root}, 4)",
        ])
            await Assert.ThrowsAsync<PostgresException>(() => Shop.ExecuteAsync(sql));
    }

    private Task<Answer> PatchAsync(long categoryId, object body) =>
        Admin.PatchAsync($"/admin/categories/{categoryId}", body);

    private async Task<long> CreateAsync(string name, long? parentId = null) =>
        (await Admin.PostAsync("/admin/categories", new { name, parentId }))
            .Expect(HttpStatusCode.Created)["categoryId"].GetInt64();
}
