using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Http;

/// <summary>Text, times and parameters as they come in.</summary>
public sealed class TextTests : ShopTest
{
    private static readonly string[] Blank = ["", " ", "\u3000", "\u3164", "\u200B", "\u115F\u2800"];

    [Fact]
    public async Task Text_is_kept_trimmed_and_composed()
    {
        var decomposed = "한글 키보드".Normalize(NormalizationForm.FormD);
        var body = new { name = $"\u00A0{decomposed}\u3000", description = " two  words ", price = 1, stock = 1 };
        var product = (await Admin.PostAsync("/admin/products", body)).Expect(HttpStatusCode.Created);
        Assert.Equal("한글 키보드", product["name"].GetString());
        Assert.Equal("two  words", product["description"].GetString());
    }

    [Fact]
    public async Task A_name_that_shows_nothing_is_refused()
    {
        var product = await CreateProductAsync();
        foreach (var name in Blank)
        {
            (await Admin.PostAsync("/admin/products", new { name, price = 1, stock = 1 })).ExpectInvalid("name");
            (await Admin.PatchAsync($"/admin/products/{product}", new { name })).ExpectInvalid("name");
            (await Admin.PostAsync("/admin/users", new { email = "blank@example.com", name })).ExpectInvalid("name");
            (await Anonymous.PostAsync("/users", new { email = "blank@example.com", password = "correct horse", name }))
                .ExpectInvalid("name");
            (await Admin.PostAsync("/admin/coupons", Coupon(name, "2027-06-01T00:00:00Z"))).ExpectInvalid("name");
        }
    }

    [Fact]
    public async Task A_character_that_is_none_is_refused()
    {
        (await Admin.SendRawAsync(HttpMethod.Post, "/admin/products", """{"name":"a\ufffe","price":1,"stock":1}"""))
            .ExpectInvalid("name");
        (await Anonymous.GetAsync("/products?q=%EF%BF%BE")).ExpectInvalid("q");
    }

    [Fact]
    public async Task A_run_of_combining_marks_has_a_maximum()
    {
        var name = "q" + string.Concat(Enumerable.Repeat("\u0301\u0323", 2_000));
        (await Anonymous.PostAsync("/users", new { email = "marks@example.com", password = "correct horse", name }))
            .ExpectInvalid("name");
        (await Anonymous.PostAsync("/sessions", new { email = name, password = name })).Expect(
            HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_email_is_trimmed_and_its_domain_kept_as_punycode()
    {
        var account = new { email = " mina@bücher.example\u00A0", password = "correct horse", name = "Mina" };
        var made = (await Anonymous.PostAsync("/users", account)).Expect(HttpStatusCode.Created);
        Assert.Equal("mina@xn--bcher-kva.example", made["email"].GetString());

        foreach (var email in (string[])["mina@bücher.example ", "MINA@BÜCHER.example", "mina@xn--bcher-kva.example"])
            (await Anonymous.PostAsync("/sessions", new { email, account.password })).Expect(HttpStatusCode.OK);
        (await Anonymous.PostAsync("/users", account with { email = "mina@xn--bcher-kva.example" }))
            .ExpectProblem(HttpStatusCode.Conflict, "identity.email_taken");
        foreach (var part in (string[])["%20mina@bücher.example%20", "MINA@xn--bcher-kva", "mina"])
            Assert.Equal(1, (await Admin.GetAsync($"/admin/users?email={part}"))["items"].GetArrayLength());
        foreach (var email in (string[])
        [
            "mína@example.com", "mina@bü cher.example", "mina@-ü-.example", "mina@ü_.example",
        ])
            (await Anonymous.PostAsync("/users", account with { email = email })).ExpectInvalid("email");
    }

    [Fact]
    public async Task A_password_is_compared_as_nfc_and_never_trimmed()
    {
        const string password = " 비밀번호입니다123";
        const string email = "nfc@example.com";
        (await Anonymous.PostAsync("/users", new { email, password, name = "Mina" })).Expect(HttpStatusCode.Created);

        await SignInAsync(email, password);
        await SignInAsync(email, password.Normalize(NormalizationForm.FormD));
        (await Anonymous.PostAsync("/sessions", new { email, password = password.Trim() }))
            .ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
    }

    [Theory]
    [InlineData("2027-06-01T00:00:00")]
    [InlineData("2027-06-01")]
    [InlineData("2027-06-01T00:00")]
    [InlineData("2027-06-01 00:00:00Z")]
    [InlineData("2027-06-01T00:00:00+0900")]
    public async Task A_time_without_an_offset_is_refused(string issueFrom) =>
        (await Admin.PostAsync("/admin/coupons", Coupon("Summer", issueFrom))).ExpectInvalid("issueFrom");

    [Theory]
    [InlineData("2027-06-01T00:00:00Z", "2027-06-01T00:00:00Z")]
    [InlineData("2027-06-01T09:00:00+09:00", "2027-06-01T00:00:00Z")]
    public async Task A_time_with_an_offset_is_kept_as_utc(string issueFrom, string kept)
    {
        var coupon = (await Admin.PostAsync("/admin/coupons", Coupon("Summer", issueFrom))).Expect(
            HttpStatusCode.Created);
        Assert.Equal(kept, coupon["issueFrom"].GetString());
    }

    [Fact]
    public async Task An_empty_parameter_is_as_if_it_were_absent()
    {
        var customer = await SignUpAsync();
        foreach (var path in (string[])
        [
            "/products?status=&sort=&q=&limit=&cursor=",
            "/products?status",
            "/products?sort=&sort=NAME",
            "/products/popular?days=&limit=",
        ])
            (await Anonymous.GetAsync(path)).Expect(HttpStatusCode.OK);
        (await customer.GetAsync($"/users/{customer.UserId}/orders?status=&cursor=&limit=")).Expect(HttpStatusCode.OK);
        (await customer.GetAsync($"/users/{customer.UserId}/coupons?status=")).Expect(HttpStatusCode.OK);
        (await customer.GetAsync($"/users/{customer.UserId}/orders?Status=NONE&cursor=")).ExpectInvalid("status");
        (await Admin.GetAsync("/admin/users?email=")).Expect(HttpStatusCode.OK);
        (await Admin.GetAsync("/admin/orders?status=&userId=")).Expect(HttpStatusCode.OK);
        (await Anonymous.GetAsync("/products?status=%20")).ExpectInvalid("status");
    }

    [Fact]
    public async Task A_patch_without_a_known_member_is_refused()
    {
        var product = await CreateProductAsync();
        var coupon = (await Admin.PostAsync("/admin/coupons", Coupon("Summer", "2027-06-01T00:00:00Z")))["couponId"];
        foreach (var path in (string[])[$"/admin/products/{product}", $"/admin/coupons/{coupon}"])
        {
            (await Admin.PatchAsync(path, new { })).ExpectInvalid("body");
            (await Admin.PatchAsync(path, new { isueUntil = "2027-06-01T00:00:00Z" })).ExpectInvalid("body");
        }
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_the_body()
    {
        var customer = await SignUpAsync();
        var path = $"/users/{customer.UserId}/balance/charges";
        (await customer.PostWithKeyAsync("bom", path, "\uFEFF{\"amount\": 1000}")).Expect(HttpStatusCode.OK);
        Assert.True(
            (await customer.PostWithKeyAsync("bom", path, new { amount = 1_000 })).Expect(HttpStatusCode.OK).IsReplay);
        (await customer.Client.SendRawAsync(HttpMethod.Post, path, "\uFEFF{\"amount\": 1000}")).Expect(
            HttpStatusCode.OK);
        Assert.Equal(2_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task Head_is_answered_wherever_get_is()
    {
        var customer = await SignUpAsync();
        var coupon = (await Admin.PostAsync("/admin/coupons", Coupon("Now", "2020-01-01T00:00:00Z")))["couponId"];
        var request =
            (await customer.PostAsync($"/coupons/{coupon}/requests", new { userId = customer.UserId }))["requestId"];
        foreach (var path in (string[])
        [
            "//", "//ops/", "//docs/index.html", "//openapi/v1.json", "//health/live", "//health/ready",
            "/products", $"/users/{customer.UserId}/cart", $"/coupon-requests/{request}/stream", "/admin/audit",
        ])
        {
            var client = path.Contains("admin", StringComparison.Ordinal) ? Admin : customer.Client;
            (await client.HeadAsync(path)).Expect(HttpStatusCode.OK);
        }

        (await customer.Client.HeadAsync("/nope")).Expect(HttpStatusCode.NotFound);
        (await customer.Client.HeadAsync("/orders")).Expect(HttpStatusCode.MethodNotAllowed);
    }

    [Theory]
    [InlineData("utf8")]
    [InlineData("UTF8")]
    [InlineData("\"utf8\"")]
    public async Task Utf8_is_a_name_of_utf_8(string charset)
    {
        var type = MediaTypeHeaderValue.Parse($"application/json; charset={charset}");
        (await Admin.SendRawAsync(HttpMethod.Post, "/admin/products", """{"name":"x","price":1,"stock":1}""", type))
            .Expect(HttpStatusCode.Created);
    }

    private static object Coupon(string name, string issueFrom) => new
    {
        name,
        discount = new { type = "FIXED", value = 1_000 },
        quantity = 10,
        issueFrom,
        issueUntil = "2028-01-01T00:00:00Z",
        validUntil = "2028-01-01T00:00:00Z",
    };
}
