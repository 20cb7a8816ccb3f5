using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class GetUserTests : IdentityTest
{
    [Fact]
    public async Task An_account_is_read_by_its_owner_and_by_an_administrator()
    {
        var owner = await SignUpAsync();
        var other = await SignUpAsync();
        var path = $"/users/{owner.UserId}";
        var user = (await owner.GetAsync(path)).Expect(HttpStatusCode.OK);

        Assert.Equal(
            ["userId", "email", "name", "role", "status", "createdAt"],
            user.Body.EnumerateObject().Select(member => member.Name));
        Assert.Equal(owner.UserId, user["userId"].GetInt64());
        Assert.Equal(owner.Email, user["email"].GetString());
        Assert.Equal("Customer", user["name"].GetString());
        Assert.Equal("CUSTOMER", user["role"].GetString());
        Assert.Equal("ACTIVE", user["status"].GetString());
        Assert.EndsWith("Z", user["createdAt"].GetString(), StringComparison.Ordinal);
        Assert.InRange(
            Shop.Clock.GetUtcNow() - user["createdAt"].GetDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(1));

        Assert.Equal(user.Text, (await Admin.GetAsync(path)).Expect(HttpStatusCode.OK).Text);
        var own = (await owner.GetAsync("/users/me")).Expect(HttpStatusCode.OK);
        Assert.Equal(user.Text[..^1] + ",\"permissions\":[]}", own.Text);
        (await Anonymous.GetAsync("/users/me")).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await other.GetAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await other.GetAsync("/users/999999")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await Admin.GetAsync("/users/999999")).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");
        (await Admin.GetAsync("/users/x")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }
}
