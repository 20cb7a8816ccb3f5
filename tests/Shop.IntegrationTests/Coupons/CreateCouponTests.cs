using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

public sealed class CreateCouponTests : CouponTest
{
    [Fact]
    public async Task A_coupon_is_defined_and_can_be_read_by_anyone()
    {
        var coupon = (await Admin.PostAsync("/admin/coupons", new
        {
            name = "신규 가입",
            discount = new { type = "PERCENT", value = 15, maxDiscount = 5_000 },
            minimumOrderAmount = 10_000,
            quantity = 100,
            issueFrom = "2026-01-01T09:00:00+09:00",
            issueUntil = "2026-02-01T00:00:00Z",
            validFrom = "2026-01-15T00:00:00Z",
            validUntil = "2026-03-01T00:00:00Z",
        })).Expect(HttpStatusCode.Created);

        var id = coupon["couponId"].GetInt64();
        Assert.Equal($"/api/v1/coupons/{id}", coupon.Headers.Location?.ToString());
        Assert.Equal("신규 가입", coupon["name"].GetString());
        Assert.Equal("""{"type":"PERCENT","value":15,"maxDiscount":5000}""", coupon["discount"].GetRawText());
        Assert.Equal(10_000, coupon["minimumOrderAmount"].GetInt64());
        Assert.Equal(
            (100, 0, 100),
            (coupon["quantity"].GetInt32(), coupon["issued"].GetInt32(), coupon["remaining"].GetInt32()));
        Assert.Equal("2026-01-01T00:00:00Z", coupon["issueFrom"].GetString());
        Assert.Equal("2026-02-01T00:00:00Z", coupon["issueUntil"].GetString());
        Assert.Equal("2026-01-15T00:00:00Z", coupon["validFrom"].GetString());
        Assert.Equal("2026-03-01T00:00:00Z", coupon["validUntil"].GetString());

        var read = (await Anonymous.GetAsync($"/coupons/{id}")).Expect(HttpStatusCode.OK);
        Assert.Equal((coupon.Text, coupon.Tag), (read.Text, read.Tag));
        (await Anonymous.GetAsync($"/coupons/{id + 1}")).ExpectProblem(HttpStatusCode.NotFound, "coupons.not_found");
        (await Anonymous.GetAsync("/coupons/first")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task What_is_left_out_is_null_and_the_use_window_starts_with_the_issue_window()
    {
        var coupon = (await DefineAsync()).Expect(HttpStatusCode.Created);
        Assert.Equal("""{"type":"FIXED","value":1000,"maxDiscount":null}""", coupon["discount"].GetRawText());
        Assert.Equal(JsonValueKind.Null, coupon["minimumOrderAmount"].ValueKind);
        Assert.Equal(JsonValueKind.Null, coupon["scope"].ValueKind);
        Assert.Equal(("ANY", "ACTIVE"), (coupon["issuance"].GetString(), coupon["status"].GetString()));
        Assert.Equal(coupon["issueFrom"].GetString(), coupon["validFrom"].GetString());
    }

    [Fact]
    public async Task A_malformed_coupon_is_refused_field_by_field()
    {
        (string Member, string? Value, string Field)[] malformed =
        [
            ("name", "null", "name"),
            ("name", "\"\"", "name"),
            ("name", "\" \"", "name"),
            ("name", "5", "name"),
            ("discount", "null", "discount"),
            ("discount", "1000", "discount"),
            ("discount", """{"type": "HALF", "value": 1}""", "discount.type"),
            ("discount", """{"type": "fixed", "value": 1}""", "discount.type"),
            ("discount", """{"type": "FIXED, PERCENT", "value": 1}""", "discount.type"),
            ("discount", """{"type": 0, "value": 1}""", "discount.type"),
            ("discount", """{"type": null, "value": 1}""", "discount.type"),
            ("discount", """{"value": 1}""", "discount.type"),
            ("discount", """{"type": "FIXED"}""", "discount.value"),
            ("discount", """{"type": "PERCENT", "value": 0}""", "discount.value"),
            ("discount", """{"type": "PERCENT", "value": 101}""", "discount.value"),
            ("discount", """{"type": "PERCENT", "value": 12.5}""", "discount.value"),
            ("discount", """{"type": "FIXED", "value": 0}""", "discount.value"),
            ("discount", """{"type": "FIXED", "value": -1}""", "discount.value"),
            ("discount", """{"type": "FIXED", "value": "1"}""", "discount.value"),
            ("discount", """{"type": "FIXED", "value": 1000000000001}""", "discount.value"),
            ("discount", """{"type": "FIXED", "value": 1, "maxDiscount": 0}""", "discount.maxDiscount"),
            ("discount", """{"type": "FIXED", "value": 1, "maxDiscount": 1000000000001}""", "discount.maxDiscount"),
            ("minimumOrderAmount", "0", "minimumOrderAmount"),
            ("minimumOrderAmount", "1000000000001", "minimumOrderAmount"),
            ("scope", "{}", "scope"),
            ("scope", """{"productIds": []}""", "scope.productIds"),
            ("scope", """{"categoryIds": []}""", "scope.categoryIds"),
            ("issuance", "\"any\"", "issuance"),
            ("issuance", "\"MAIL\"", "issuance"),
            ("quantity", "0", "quantity"),
            ("quantity", "10000001", "quantity"),
            ("quantity", "10000000000", "quantity"),
            ("quantity", "null", "quantity"),
            ("issueFrom", "\"tomorrow\"", "issueFrom"),
            ("issueFrom", "\"2026-13-01T00:00:00Z\"", "issueFrom"),
            ("issueFrom", "1767225600", "issueFrom"),
            ("issueFrom", "\"0001-01-01T00:00:00+14:00\"", "issueFrom"),
            ("issueUntil", "\"2026-01-01T00:00:00Z\"", "issueUntil"),
            ("issueUntil", "\"2025-12-31T00:00:00Z\"", "issueUntil"),
            ("issueUntil", "\"2026-03-01T00:00:00.000001Z\"", "issueUntil"),
            ("issueUntil", "\"2026-01-01T00:00:00.0000009Z\"", "issueUntil"),
            ("validFrom", "\"2026-03-01T00:00:00Z\"", "validUntil"),
            ("validFrom", "\"2026-02-28T24:00:00.0000001Z\"", "validFrom"),
            ("validFrom", "\"\"", "validFrom"),
            ("validUntil", "null", "validUntil"),
            ("validUntil", "\"2026-01-31T00:00:00Z\"", "issueUntil"),
            ("name", null, "name"),
            ("discount", null, "discount"),
            ("quantity", null, "quantity"),
            ("issueFrom", null, "issueFrom"),
            ("issueUntil", null, "issueUntil"),
            ("validUntil", null, "validUntil"),
        ];
        foreach (var (member, value, field) in malformed)
        {
            var answer = await DefineAsync((member, value));
            Assert.True(
                answer.Status == HttpStatusCode.BadRequest, $"{member}: {value ?? "missing"} gives {answer.Text}");
            answer.ExpectInvalid(field);
        }
    }

    [Fact]
    public async Task Times_that_differ_by_less_than_the_database_keeps_are_the_same()
    {
        (await DefineAsync(
            ("validFrom", "\"2026-02-28T23:59:59.9999990Z\""),
            ("validUntil", "\"2026-02-28T23:59:59.9999999Z\""))).ExpectInvalid("validUntil");
        var coupon = (await DefineAsync(
            ("issueFrom", "\"0001-01-01T00:00:00Z\""),
            ("validUntil", "\"9999-12-31T23:59:59.9999999Z\""))).Expect(HttpStatusCode.Created);
        Assert.Equal(coupon.Text, (await Anonymous.GetAsync($"/coupons/{coupon["couponId"]}")).Text);
    }

    [Fact]
    public async Task The_borders_of_every_field_are_within()
    {
        (await DefineAsync(
            ("name", $"\"{new string('가', 200)}\""),
            ("discount", """{"type": "FIXED", "value": 1000000000000, "maxDiscount": 1000000000000}"""),
            ("minimumOrderAmount", "1000000000000"),
            ("quantity", "10000000"),
            ("issueUntil", "\"2026-03-01T00:00:00Z\""))).Expect(HttpStatusCode.Created);
        (await DefineAsync(
            ("discount", """{"type": "PERCENT", "value": 100, "maxDiscount": 1}"""),
            ("minimumOrderAmount", "1"),
            ("quantity", "1"),
            ("issueUntil", "\"2026-01-01T00:00:00.000001Z\""))).Expect(HttpStatusCode.Created);
        (await DefineAsync(("discount", """{"type": "PERCENT", "value": 1}"""))).Expect(HttpStatusCode.Created);
        (await DefineAsync(("name", $"\"{new string('가', 201)}\""))).ExpectInvalid("name");
    }

    [Fact]
    public async Task A_window_that_is_past_is_allowed()
    {
        var coupon = await CreateCouponAsync(issueFrom: -60, issueUntil: -50, validUntil: -40);
        var customer = await SignUpAsync();
        (await IssueAsync(coupon, customer.UserId)).ExpectProblem(HttpStatusCode.Conflict, "coupons.issue_ended");
    }

    [Fact]
    public async Task Only_an_administrator_defines_coupons()
    {
        var coupon = await CreateCouponAsync();
        var customer = await SignUpAsync();
        foreach (var (client, status, code) in new[]
        {
            (customer.Client, HttpStatusCode.Forbidden, "auth.forbidden"),
            (Anonymous, HttpStatusCode.Unauthorized, "auth.unauthenticated"),
        })
        {
            (await client.PostAsync("/admin/coupons", new { })).ExpectProblem(status, code);
            (await client.PatchAsync($"/admin/coupons/{coupon}", new { name = "Mine" })).ExpectProblem(status, code);
            (await client.GetAsync("/admin/coupons")).ExpectProblem(status, code);
        }
    }

    // A coupon for the turn of 2026, with some members set otherwise, or taken out.
    private Task<Answer> DefineAsync(params (string Member, string? Value)[] changes)
    {
        var body = JsonNode.Parse("""
            {
                "name": "Welcome", "discount": {"type": "FIXED", "value": 1000}, "quantity": 10,
                "issueFrom": "2026-01-01T00:00:00Z", "issueUntil": "2026-02-01T00:00:00Z",
                "validUntil": "2026-03-01T00:00:00Z"
            }
            """)!.AsObject();
        foreach (var (member, value) in changes)
        {
            body.Remove(member);
            if (value is not null)
                body[member] = JsonNode.Parse(value);
        }

        return Admin.SendRawAsync(HttpMethod.Post, "/admin/coupons", body.ToJsonString());
    }
}
