using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Http;

public sealed class IfMatchTests : ShopTest
{
    [Fact]
    public async Task A_change_by_an_old_tag_changes_nothing()
    {
        var (id, path) = await ProductAsync();
        var read = await Anonymous.GetAsync($"/products/{id}");
        Assert.Matches("^\"[A-Za-z0-9_-]{22}\"$", read.Tag);
        Assert.True(read.Headers.CacheControl?.NoStore);

        var changed = (await Admin.PatchIfMatchAsync(read.Tag, path, new { price = 2 })).Expect(HttpStatusCode.OK);
        Assert.NotEqual(read.Tag, changed.Tag);
        Assert.Equal(changed.Tag, (await Admin.GetAsync($"/products/{id}")).Tag);
        (await Admin.PatchIfMatchAsync(read.Tag, path, new { price = 3 })).ExpectProblem(
            HttpStatusCode.PreconditionFailed, "precondition_failed");
        Assert.Equal(2, (await Anonymous.GetAsync($"/products/{id}"))["price"].GetInt64());
        // A state that comes back has its tag again.
        Assert.Equal(read.Tag, (await Admin.PatchAsync(path, new { price = 1_000 })).Tag);
    }

    [Fact]
    public async Task A_tag_says_nothing_of_stock_and_a_repeated_answer_has_its_own()
    {
        var body = new { name = "x", price = 1, stock = 5, sellFrom = "2030-01-01T09:00:00+09:00" };
        var created = (await Admin.PostWithKeyAsync("tagged", "/admin/products", body)).Expect(HttpStatusCode.Created);
        var path = $"/admin/products/{created["productId"]}";
        var adjusted = await Admin.PostAsync($"{path}/stock-adjustments", new { delta = 1, reason = "r" });
        Assert.Equal(created.Tag, adjusted.Expect(HttpStatusCode.OK).Tag);
        Assert.Equal(created.Tag, (await Anonymous.GetAsync(created.Headers.Location!.ToString()[7..])).Tag);

        var changed = (await Admin.PatchIfMatchAsync(created.Tag, path, new { price = 2 })).Expect(HttpStatusCode.OK);
        var again = await Admin.PostWithKeyAsync("tagged", "/admin/products", body);
        Assert.True(again.IsReplay);
        Assert.Equal(created.Tag, again.Tag);
        Assert.NotEqual(changed.Tag, again.Tag);
    }

    [Fact]
    public async Task Lists_and_any_match_and_weak_tags_do_not()
    {
        var (id, path) = await ProductAsync();
        var tag = (await Anonymous.GetAsync($"/products/{id}")).Tag;
        foreach (var matching in (string[])["*", tag, $"\"other\", {tag}", $"W/{tag}, {tag}"])
            (await Admin.PatchIfMatchAsync(matching, path, new { status = "SELLING" })).Expect(HttpStatusCode.OK);
        foreach (var other in (string[])["\"\"", "\"*\"", $"W/{tag}", $"W/{tag}, \"a,b\""])
            (await Admin.PatchIfMatchAsync(other, path, new { name = "y" })).ExpectProblem(
                HttpStatusCode.PreconditionFailed, "precondition_failed");
        foreach (var malformed in (string[])["", "abc", tag.Trim('"'), $"*, {tag}", $"{tag} {tag}", "\"", "**"])
            (await Admin.PatchIfMatchAsync(malformed, path, new { name = "y" })).ExpectInvalid("ifMatch");
        (await Admin.PatchIfMatchAsync(tag, "/admin/products/999999999", new { name = "y" })).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.product_not_found");
        (await Admin.PatchIfMatchAsync("\"other\"", path, new { price = -1 })).ExpectInvalid("price");
        Assert.Equal(tag, (await Anonymous.GetAsync($"/products/{id}")).Tag);
    }

    [Fact]
    public async Task An_account_has_one_tag_wherever_it_is_read_or_changed()
    {
        var user = await SignUpAsync();
        var (own, admins) = ($"/users/{user.UserId}", $"/admin/users/{user.UserId}");
        var read = await Admin.GetAsync(own);
        Assert.Matches("^\"[A-Za-z0-9_-]{22}\"$", read.Tag);
        Assert.True(read.Headers.CacheControl?.NoStore);
        Assert.Equal(read.Tag, (await user.GetAsync("/users/me")).Tag);

        var renamed = (await user.Client.PatchIfMatchAsync(read.Tag, own, new { name = "Mina" }))
            .Expect(HttpStatusCode.OK);
        (await user.Client.PatchIfMatchAsync(read.Tag, own, new { name = "Jina" })).ExpectProblem(
            HttpStatusCode.PreconditionFailed, "precondition_failed");
        (await Admin.PatchIfMatchAsync(read.Tag, admins, new { role = "SUPPORT" })).ExpectProblem(
            HttpStatusCode.PreconditionFailed, "precondition_failed");
        var answers = await Task.WhenAll(
            Admin.PatchIfMatchAsync(renamed.Tag, admins, new { role = "SUPPORT" }),
            Admin.PatchIfMatchAsync(renamed.Tag, admins, new { role = "FINANCE" }),
            user.Client.PatchIfMatchAsync(renamed.Tag, own, new { name = "Jina" }));
        var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(2, answers.Count(answer => answer.Status == HttpStatusCode.PreconditionFailed));
        Assert.Equal(winner.Tag, (await Admin.GetAsync(own)).Tag);
        Assert.Equal(winner.Tag, (await user.GetAsync("/users/me")).Tag);
    }

    [Fact]
    public async Task Of_changes_at_once_by_one_tag_one_wins()
    {
        var (id, path) = await ProductAsync();
        for (var round = 0; round < 5; round++)
        {
            var tag = (await Anonymous.GetAsync($"/products/{id}")).Tag;
            var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(price => Admin.PatchIfMatchAsync(
                tag, path, new { price = (10 * round) + price })));
            var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.Equal(7, answers.Count(answer => answer.Status == HttpStatusCode.PreconditionFailed));
            Assert.Equal(winner.Tag, (await Anonymous.GetAsync($"/products/{id}")).Tag);
        }
    }

    private async Task<(long Id, string Path)> ProductAsync()
    {
        var id = await CreateProductAsync(price: 1_000);
        return (id, $"/admin/products/{id}");
    }
}
