using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class CreateUserTests : IdentityTest
{
    [Fact]
    public async Task An_administrator_makes_a_customer_whom_a_storefront_acts_for()
    {
        var created = (await CreateUserAsync(Admin, "Storefront@example.com")).Expect(HttpStatusCode.Created);
        var userId = created["userId"].GetInt64();
        Assert.Equal($"/api/v1/users/{userId}", created.Headers.Location!.OriginalString);
        Assert.Equal(["userId", "email", "name"], created.Body.EnumerateObject().Select(member => member.Name));

        Assert.Equal(
            "CUSTOMER", (await Admin.GetAsync($"/users/{userId}")).Expect(HttpStatusCode.OK)["role"].GetString());
        var charged = (await Admin.PostAsync($"/users/{userId}/balance/charges", new { amount = 1_000 })).Expect(
            HttpStatusCode.OK);
        Assert.Equal(1_000, charged["balance"].GetInt64());
    }

    [Fact]
    public async Task Making_a_customer_has_the_rules_of_registration_and_is_for_administrators()
    {
        var customer = await SignUpAsync();
        (await CreateUserAsync(Admin, customer.Email.ToUpperInvariant())).ExpectProblem(
            HttpStatusCode.Conflict, "identity.email_taken");
        (await CreateUserAsync(Admin, "x")).ExpectInvalid("email");
        (await CreateUserAsync(Admin, "new@example.com", name: " ")).ExpectInvalid("name");
        (await CreateUserAsync(customer.Client, "new@example.com")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await CreateUserAsync(Anonymous, "new@example.com")).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await customer.GetAsync("/admin/users")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync("/admin/users")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");

        // And what was refused here can still be registered, once.
        (await RegisterAsync("new@example.com")).Expect(HttpStatusCode.Created);
        (await CreateUserAsync(Admin, "new@example.com")).ExpectProblem(
            HttpStatusCode.Conflict, "identity.email_taken");
    }
}
