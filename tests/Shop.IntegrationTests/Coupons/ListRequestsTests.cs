using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class ListRequestsTests : CouponTest
{
    [Fact]
    public async Task A_users_requests_are_listed_newest_first_by_state_and_in_pages()
    {
        var customer = await SignUpAsync();
        var path = $"/users/{customer.UserId}/coupon-requests";
        Assert.Empty(Ids(await customer.GetAsync(path)));
        var requests = new List<Guid>();
        for (var i = 0; i < 3; i++)
        {
            requests.Add(await EnterQueueAsync(await CreateCouponAsync(), customer.UserId));
            Shop.Clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        await EnterQueueAsync(await CreateCouponAsync(), (await PeopleAsync(1))[0]);
        (await customer.Client.DeleteAsync($"/coupon-requests/{requests[1]}")).Expect(HttpStatusCode.NoContent);

        Assert.Equal([requests[2], requests[1], requests[0]], Ids(await customer.GetAsync(path)));
        Assert.Equal([requests[2], requests[0]], Ids(await Admin.GetAsync($"{path}?status=WAITING")));
        Assert.Equal([requests[1]], Ids(await customer.GetAsync($"{path}?status=FAILED")));
        Assert.Empty(Ids(await customer.GetAsync($"{path}?status=COMPLETED")));
        var first = await customer.GetAsync($"{path}?limit=2");
        var cursor = first["nextCursor"].GetString();
        Assert.Equal([requests[0]], Ids(await customer.GetAsync($"{path}?limit=2&cursor={cursor}")));
        Assert.Equal(1, first["items"][0].GetProperty("position").GetInt64());

        (await customer.GetAsync($"{path}?status=FAILED&cursor={cursor}")).ExpectInvalid("cursor");
        (await customer.GetAsync($"{path}?status=LOST")).ExpectInvalid("status");
        (await (await SignUpAsync()).GetAsync(path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Admin.GetAsync("/users/888888/coupon-requests")).ExpectProblem(
            HttpStatusCode.NotFound, "wallet.user_not_found");
    }

    private static IEnumerable<Guid> Ids(Answer page) => page.Expect(HttpStatusCode.OK)["items"]
        .EnumerateArray()
        .Select(request => request.GetProperty("requestId").GetGuid());
}
