using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class RenameUserTests : IdentityTest
{
    [Fact]
    public async Task The_own_name_is_changed_and_nobody_elses()
    {
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());

        var renamed = (await PatchAsync(customer.Client, customer, new { name = "  김미나 " })).Expect(HttpStatusCode.OK);
        Assert.Equal("김미나", renamed["name"].GetString());
        Assert.Equal(
            renamed.Text, (await customer.GetAsync($"/users/{customer.UserId}")).Expect(HttpStatusCode.OK).Text);
        (await PatchAsync(other.Client, customer, new { name = "Mallory" })).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        Assert.Equal(
            "Customer", (await other.GetAsync($"/users/{other.UserId}")).Expect(HttpStatusCode.OK)["name"].GetString());
    }

    [Fact]
    public async Task A_name_is_text_that_shows_something()
    {
        var customer = await SignUpAsync();

        foreach (var name in (string?[])[null, "", "\u3164", new string('x', 101)])
            (await PatchAsync(customer.Client, customer, new { name })).ExpectProblem(
                HttpStatusCode.BadRequest, "validation");
        (await PatchAsync(customer.Client, customer, new { other = 1 })).ExpectProblem(
            HttpStatusCode.BadRequest, "validation");
        Assert.Equal(
            "Customer",
            (await customer.GetAsync($"/users/{customer.UserId}")).Expect(HttpStatusCode.OK)["name"].GetString());
    }

    private static Task<Answer> PatchAsync(ShopClient client, Customer customer, object body) =>
        client.PatchAsync($"/users/{customer.UserId}", body);
}
