using System.Net;
using Shop.Catalog.Contracts;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class FindUnknownCategoryTests : ShopTest
{
    [Fact]
    public async Task The_first_id_that_is_no_categorys_is_found()
    {
        var category = (await Admin.PostAsync("/admin/categories", new { name = "Cups" }))
            .Expect(HttpStatusCode.Created)["categoryId"]
            .GetInt64();
        Assert.Null(await SendAsync(new FindUnknownCategory([category])));
        Assert.Equal(category + 1, await SendAsync(new FindUnknownCategory([category, category + 1, category + 2])));
    }
}
