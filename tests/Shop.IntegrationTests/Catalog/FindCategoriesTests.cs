using System.Net;
using Shop.Catalog.Contracts;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class FindCategoriesTests : ShopTest
{
    [Fact]
    public async Task Products_for_sale_have_their_categories_and_those_above()
    {
        var kitchen = await CategoryAsync("Kitchen", null);
        var cups = await CategoryAsync("Cups", kitchen);
        var gifts = await CategoryAsync("Gifts", null);
        var cup = await ProductAsync(new { name = "Cup", price = 1, stock = 1, categoryIds = new[] { cups, gifts } });
        var mug = await ProductAsync(
            new { name = "Mug", price = 1, stock = 1, categoryIds = new[] { cups }, status = "STOPPED" });
        var tea = await ProductAsync(new { name = "Tea", price = 1, stock = 1 });

        var found = Assert.Single(await SendAsync(new FindCategories([cup, mug, tea, tea + 1])));
        Assert.Equal(cup, found.ProductId);
        Assert.Equal([kitchen, cups, gifts], found.CategoryIds.Order());
        Assert.Empty(await SendAsync(new FindCategories([])));
    }

    private async Task<long> CategoryAsync(string name, long? parentId) =>
        (await Admin.PostAsync("/admin/categories", new { name, parentId }))
            .Expect(HttpStatusCode.Created)["categoryId"]
            .GetInt64();

    private async Task<long> ProductAsync(object product) =>
        (await Admin.PostAsync("/admin/products", product)).Expect(HttpStatusCode.Created)["productId"].GetInt64();
}
