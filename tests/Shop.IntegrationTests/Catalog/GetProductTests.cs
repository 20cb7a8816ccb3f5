using System.Globalization;
using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class GetProductTests : ShopTest
{
    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        foreach (var id in new[] { "99", "-1", "0", "9223372036854775807" })
        {
            (await Anonymous.GetAsync($"/products/{id}")).ExpectProblem(
                HttpStatusCode.NotFound, "catalog.product_not_found");
            (await Admin.PatchAsync($"/admin/products/{id}", new { price = 1 })).ExpectProblem(
                HttpStatusCode.NotFound, "catalog.product_not_found");
            (await Admin.PostAsync(
                $"/admin/products/{id}/stock-adjustments",
                new { delta = 1, reason = "x" })).ExpectProblem(HttpStatusCode.NotFound, "catalog.product_not_found");
            (await Admin.GetAsync($"/admin/products/{id}/stock-movements")).ExpectProblem(
                HttpStatusCode.NotFound, "catalog.product_not_found");
        }

        foreach (var id in new[] { "abc", "1.5", "9223372036854775808" })
            (await Anonymous.GetAsync($"/products/{id}")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }
}
