using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class GetRequestTests : CouponTest
{
    [Fact]
    public async Task Somebody_elses_request_is_not_found()
    {
        var coupon = await CreateCouponAsync();
        var customer = await SignUpAsync();
        var people = await PeopleAsync(1);
        var request = await EnterQueueAsync(coupon, people[0]);

        foreach (var path in (string[])[$"/coupon-requests/{request}", $"/coupon-requests/{request}/stream"])
        {
            (await customer.GetAsync(path)).ExpectProblem(HttpStatusCode.NotFound, "coupons.request_not_found");
            (await Anonymous.GetAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        }

        (await Admin.GetAsync($"/coupon-requests/{request}")).Expect(HttpStatusCode.OK);
        (await Admin.GetAsync($"/coupon-requests/{Guid.NewGuid()}")).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.request_not_found");
        (await Admin.GetAsync("/coupon-requests/7")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        (await Admin.GetAsync("/coupon-requests/7/stream")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }
}
