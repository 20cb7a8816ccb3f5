using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

public sealed class GetWebhookTests : ShopTest
{
    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/secret")]
    [InlineData("POST", "/test")]
    [InlineData("GET", "/deliveries")]
    public async Task An_unknown_one_is_not_found(string method, string path)
    {
        var unknown = $"/admin/webhooks/{Guid.CreateVersion7()}{path}";
        var answer = method switch
        {
            "GET" => await Admin.GetAsync(unknown),
            "DELETE" => await Admin.DeleteAsync(unknown),
            _ => await Admin.PostAsync(unknown),
        };
        answer.ExpectProblem(HttpStatusCode.NotFound, "webhooks.not_found");
    }
}
