using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Http;

public sealed class ConventionTests : ShopTest
{
    [Fact]
    public async Task What_is_not_there_is_a_problem()
    {
        (await Anonymous.GetAsync("//nope")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        (await Anonymous.GetAsync("/nope")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        (await Admin.GetAsync("/products/x")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        (await Admin.GetAsync("/users/99999999999999999999/balance")).ExpectProblem(
            HttpStatusCode.NotFound, "not_found");
        (await Admin.GetAsync("/payments/x")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        (await Anonymous.DeleteAsync("/products")).ExpectProblem(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
    }

    [Theory]
    [InlineData("+{0}")]
    [InlineData("0{0}")]
    [InlineData("{0}%20")]
    public async Task An_id_in_a_path_has_one_form(string form)
    {
        var customer = await SignUpAsync();
        var path = $"/users/{string.Format(CultureInfo.InvariantCulture, form, customer.UserId)}/balance";
        (await customer.GetAsync(path)).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("B")]
    [InlineData("P")]
    [InlineData("N")]
    public async Task A_uuid_in_a_path_has_one_form(string format) =>
        (await Admin.GetAsync($"/orders/{Guid.CreateVersion7().ToString(format)}"))
            .ExpectProblem(HttpStatusCode.NotFound, "not_found");

    [Fact]
    public async Task A_body_that_is_not_json_is_refused()
    {
        var customer = await SignUpAsync();
        var charges = $"/users/{customer.UserId}/balance/charges";
        (await customer.Client.SendRawAsync(
            HttpMethod.Post, charges, "amount=1000", "application/x-www-form-urlencoded"))
            .ExpectProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        (await customer.Client.SendRawAsync(
            HttpMethod.Post, charges, $$"""{"amount": 1000, "note": "{{new string('x', 70_000)}}"}"""))
            .ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "payload_too_large");
        (await customer.Client.SendRawAsync(HttpMethod.Post, charges, new string('[', 5_000))).ExpectInvalid("body");
        (await customer.PostAsync(charges)).Expect(HttpStatusCode.BadRequest);
        Assert.Equal(0, await customer.BalanceAsync());
    }

    [Theory]
    [InlineData("utf-8", HttpStatusCode.OK)]
    [InlineData("\"UTF-8\"", HttpStatusCode.OK)]
    [InlineData("utf-16", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("no-such-charset", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_body_is_utf_8(string charset, HttpStatusCode status)
    {
        var customer = await SignUpAsync();
        var type = MediaTypeHeaderValue.Parse($"application/json; charset={charset}");
        var answer = await customer.Client.SendRawAsync(
            HttpMethod.Post, $"/users/{customer.UserId}/balance/charges", """{"amount": 1000}""", type);
        answer.Expect(status);
        if (status == HttpStatusCode.UnsupportedMediaType)
            answer.ExpectProblem(status, "unsupported_media_type");
    }

    [Fact]
    public async Task Unknown_members_are_ignored()
    {
        var customer = await SignUpAsync();
        (await customer.Client.SendRawAsync(
            HttpMethod.Post,
            $"/users/{customer.UserId}/balance/charges",
            """{"amount": 1000, "colour": {"deep": [1]}}"""))
            .Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_nul_in_the_query_is_refused() =>
        (await Anonymous.GetAsync("/products?q=a%00b")).ExpectInvalid("q");

    [Theory]
    [InlineData("nonsense")]
    [InlineData("CfDJ8AAAA")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")]
    public async Task A_token_of_somebodys_own_making_opens_nothing(string token)
    {
        var answer = await Shop.Client(token).GetAsync("/users/1/balance");
        answer.ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }

    [Fact]
    public async Task Every_answer_has_the_security_headers()
    {
        foreach (var path in (string[])
        [
            "//", "//health/live", "//nope", "/products", "/users/1/balance", "//openapi/v1.json",
        ])
        {
            var answer = await Anonymous.GetAsync(path);
            Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task Health_tells_whether_the_database_is_there_and_migrated()
    {
        (await Anonymous.GetAsync("//health/live")).Expect(HttpStatusCode.OK);
        (await Anonymous.GetAsync("//health/ready")).Expect(HttpStatusCode.OK);
        await Shop.ExecuteAsync("delete from catalog.migrations where number = 1");
        (await Anonymous.GetAsync("//health/live")).Expect(HttpStatusCode.OK);
        (await Anonymous.GetAsync("//health/ready")).Expect(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task The_document_describes_the_api()
    {
        var document = (await Anonymous.GetAsync("//openapi/v1.json")).Expect(HttpStatusCode.OK);
        Assert.StartsWith("3.1", document["openapi"].GetString(), StringComparison.Ordinal);
        Assert.True(
            document["paths"].TryGetProperty("/api/v1/orders", out var orders) && orders.TryGetProperty("post", out _));
        Assert.Equal(
            ["FIXED", "PERCENT"],
            document["components"]
                .GetProperty("schemas")
                .GetProperty("DiscountType")
                .GetProperty("enum")
                .EnumerateArray()
                .Select(name => name.GetString()));
        (await Anonymous.GetAsync("//docs/index.html")).Expect(HttpStatusCode.OK);
    }
}
