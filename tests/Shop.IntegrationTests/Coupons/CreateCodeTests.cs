using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class CreateCodeTests : CouponTest
{
    [Fact]
    public async Task A_code_is_nobody_elses_and_belongs_to_a_coupon_that_has_codes()
    {
        var coupon = await CreateCouponAsync();
        var made = (await CreateAsync(coupon, new { code = "가을-Sale1", uses = 3 })).Expect(HttpStatusCode.Created);
        Assert.Equal("""{"code":"가을-Sale1","uses":3,"used":0,"batchId":null}""", made.Text);
        (await CreateAsync(await CreateCouponAsync(), new { code = "가을SALE-1", uses = 3 })).ExpectProblem(
            HttpStatusCode.Conflict, "coupons.code_taken");
        var twins = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ =>
            CreateAsync(coupon, new { code = "TWIN", uses = 1 })));
        Assert.Single(twins, answer => answer.Status == HttpStatusCode.Created);

        (await CreateAsync(999_999, new { count = 1 })).ExpectProblem(HttpStatusCode.NotFound, "coupons.not_found");
        foreach (var body in (object[])[new { count = 1 }, new { code = "OTHER", uses = 1 }])
            (await CreateAsync(await CreateCouponAsync(issuance: "LINE"), body)).ExpectProblem(
                HttpStatusCode.Conflict, "coupons.other_issuance");
        (await CreateAsync(coupon, new { })).ExpectInvalid("body");
        (await CreateAsync(coupon, new { code = "ABCD" })).ExpectInvalid("body");
        (await CreateAsync(coupon, new { count = 1, code = "ABCD", uses = 1 })).ExpectInvalid("body");
        (await CreateAsync(coupon, new { count = 0 })).ExpectInvalid("count");
        (await CreateAsync(coupon, new { count = 100_001 })).ExpectInvalid("count");
        (await CreateAsync(coupon, new { code = "ABC", uses = 1 })).ExpectInvalid("code");
        (await CreateAsync(coupon, new { code = "AB_CD", uses = 1 })).ExpectInvalid("code");
        (await CreateAsync(coupon, new { code = "----", uses = 1 })).ExpectInvalid("code");
        (await CreateAsync(coupon, new { code = "ABCD", uses = 0 })).ExpectInvalid("uses");
    }

    private Task<Answer> CreateAsync(long coupon, object body) =>
        Admin.PostAsync($"/admin/coupons/{coupon}/codes", body);
}
