using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class ListTopUpsTests : TopUpTest
{
    [Fact]
    public async Task Top_ups_are_listed_newest_first_in_pages()
    {
        var (customer, other) = (await SignUpAsync(), await SignUpAsync());
        var made = new List<Guid>();
        for (var i = 0; i < 3; i++)
            made.Add(await CreateAsync(customer));
        var path = $"/users/{customer.UserId}/top-ups";
        var first = (await customer.GetAsync($"{path}?limit=2")).Expect(HttpStatusCode.OK);
        var second = (await customer.GetAsync($"{path}?limit=2&cursor={first["nextCursor"].GetString()}")).Expect(
            HttpStatusCode.OK);
        Assert.Equal([made[2], made[1], made[0]], Ids(first).Concat(Ids(second)));
        Assert.Null(second["nextCursor"].GetString());
        (await other.GetAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Admin.GetAsync("/users/999999/top-ups")).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");

        static IEnumerable<Guid> Ids(Answer page) =>
            page["items"].EnumerateArray().Select(item => item.GetProperty("topUpId").GetGuid());
    }
}
