using System.Globalization;
using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class ChangeProductTests : ShopTest
{
    [Fact]
    public async Task A_patch_changes_what_is_present()
    {
        var id = (await Admin.PostAsync("/admin/products", new { name = "x", description = "d", price = 1, stock = 5 }))
            .Expect(HttpStatusCode.Created)["productId"]
            .GetInt64();
        async Task Check(string patch, string expected) =>
            Assert.Equal(
                $$"""{"productId":{{id}},{{expected}},"sellFrom":null,"sellUntil":null,"maxPerOrder":null,"maxPerUser":null}""",
                (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", patch)).Expect(
                    HttpStatusCode.OK).Text);
        await Check("""{"price":0}""", """
            "name":"x","description":"d","price":0,"stock":5,"status":"SELLING"
            """);
        await Check("""{"description":null,"name":"y"}""", """
            "name":"y","description":null,"price":0,"stock":5,"status":"SELLING"
            """);
        await Check("""{"description":"e","status":"STOPPED","stock":99}""", """
            "name":"y","description":"e","price":0,"stock":5,"status":"STOPPED"
            """);
        foreach (var (body, field) in new[]
        {
            ("""{"name":null}""", "name"),
            ("""{"price":null}""", "price"),
            ("""{"status":null}""", "status"),
            ("""{"name":""}""", "name"),
            ("""{"price":-1}""", "price"),
            ("""{"price":1000000001}""", "price"),
            ("""{"status":"GONE"}""", "status"),
            ("""{"name":5}""", "name"),
        })
            (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", body)).ExpectInvalid(field);
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", "")).ExpectProblem(
            HttpStatusCode.BadRequest, "validation");
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", "[]")).ExpectProblem(
            HttpStatusCode.BadRequest, "validation");
        (await Admin.SendRawAsync(HttpMethod.Patch, $"/admin/products/{id}", "null")).ExpectProblem(
            HttpStatusCode.BadRequest, "validation");
    }
}
