using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class GetCouponTests : CouponTest
{
    [Fact]
    public async Task A_coupon_tells_anyone_how_many_are_left()
    {
        var coupon = await CreateCouponAsync(quantity: 2);
        var people = await PeopleAsync(1);
        await HoldAsync(coupon, people[0]);

        var read = (await Anonymous.GetAsync($"/coupons/{coupon}")).Expect(HttpStatusCode.OK);
        Assert.Equal((1, 1), (read["issued"].GetInt32(), read["remaining"].GetInt32()));
    }

    [Fact]
    public async Task A_coupon_that_is_not_there_is_not_found()
    {
        (await Anonymous.GetAsync("/coupons/999999")).ExpectProblem(HttpStatusCode.NotFound, "coupons.not_found");
        (await Anonymous.GetAsync("/coupons/first")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }
}
