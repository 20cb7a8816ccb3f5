using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class ChangeCouponTests : CouponTest
{
    [Fact]
    public async Task Only_what_is_named_changes()
    {
        var coupon = await CreateCouponAsync();
        var before = (await Anonymous.GetAsync($"/coupons/{coupon}")).Expect(HttpStatusCode.OK);

        var renamed = (await Admin.PatchAsync(
            $"/admin/coupons/{coupon}", new { name = "Renamed", quantity = 99 })).Expect(HttpStatusCode.OK);
        Assert.Equal(before.Text.Replace("Welcome", "Renamed", StringComparison.Ordinal), renamed.Text);

        var until = At(25);
        var extended = (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { issueUntil = until })).Expect(
            HttpStatusCode.OK);
        Assert.Equal(
            DateTimeOffset.Parse(until, System.Globalization.CultureInfo.InvariantCulture),
            extended["issueUntil"].GetDateTimeOffset());
        Assert.Equal("Renamed", extended["name"].GetString());
    }

    [Fact]
    public async Task An_end_in_the_past_stops_issuing_and_a_later_one_opens_it_again()
    {
        var coupon = await CreateCouponAsync();
        var people = await PeopleAsync(1);

        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { issueUntil = At(-1_000) })).Expect(HttpStatusCode.OK);
        (await IssueAsync(coupon, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_ended");
        (await RequestAsync(coupon, people[0])).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_ended");

        (await Admin.PatchAsync($"/admin/coupons/{coupon}", new { issueUntil = At(10) })).Expect(HttpStatusCode.OK);
        (await IssueAsync(coupon, people[0])).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_change_that_is_not_valid_is_refused()
    {
        var coupon = await CreateCouponAsync(validUntil: 30);
        var path = $"/admin/coupons/{coupon}";

        (await Admin.PatchAsync(path, new { issueUntil = At(31) })).ExpectInvalid("issueUntil");
        (await Admin.PatchAsync(path, new { name = "" })).ExpectInvalid("name");
        (await Admin.PatchAsync(path, new { name = new string('a', 201) })).ExpectInvalid("name");
        (await Admin.SendRawAsync(HttpMethod.Patch, path, """{"issueUntil": null}""")).ExpectInvalid("issueUntil");
        (await Admin.SendRawAsync(HttpMethod.Patch, path, """{"issueUntil": "soon"}""")).ExpectInvalid("issueUntil");
        (await Admin.SendRawAsync(HttpMethod.Patch, path, """{"name": null}""")).ExpectInvalid("name");
        (await Admin.PatchAsync($"/admin/coupons/{coupon + 1}", new { name = "Nobody's" })).ExpectProblem(
            HttpStatusCode.NotFound, "coupons.not_found");
        (await Admin.PatchAsync("/admin/coupons/x", new { name = "Nobody's" })).ExpectProblem(
            HttpStatusCode.NotFound, "not_found");
    }
}
