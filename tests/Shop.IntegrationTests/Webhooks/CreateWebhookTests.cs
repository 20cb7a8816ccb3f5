using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Webhooks;

public sealed class CreateWebhookTests : ShopTest
{
    private static object Body(
        string url = "https://203.0.113.10/hooks", string type = "order.paid", string name = "ERP") =>
        new { url, types = new[] { type }, name };

    [Fact]
    public async Task Its_secret_is_shown_once_and_it_can_be_read_where_the_answer_says()
    {
        var made = (await Admin.PostWithKeyAsync("once", "/admin/webhooks", Body())).Expect(HttpStatusCode.Created);
        Assert.StartsWith("whsec_", made["secret"].GetString(), StringComparison.Ordinal);
        Assert.Equal("ACTIVE", made["status"].GetString());
        var read = (await Admin.GetAsync($"/{made.Headers.Location}")).Expect(HttpStatusCode.OK);
        Assert.Equal(made["webhookId"].GetGuid(), read["webhookId"].GetGuid());
        Assert.DoesNotContain("secret", read.Text, StringComparison.Ordinal);
        (await Admin.PostWithKeyAsync("once", "/admin/webhooks", Body())).ExpectProblem(
            HttpStatusCode.Conflict, "idempotency.answer_not_kept");
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://localhost:8080/")]
    [InlineData("http://10.1.2.3/")]
    [InlineData("http://172.31.255.255/")]
    [InlineData("http://192.168.0.1/")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://100.64.0.1/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[fd12::1]/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[::ffff:10.0.0.1]/")]
    [InlineData("http://[::ffff:0:10.0.0.1]/")]
    [InlineData("http://[64:ff9b::a00:1]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    public async Task An_address_in_an_inner_network_is_refused(string url) =>
        (await Admin.PostAsync("/admin/webhooks", Body(url))).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "webhooks.inner_address");

    [Theory]
    [InlineData("ftp://203.0.113.10/", "order.paid", "ERP", "url")]
    [InlineData("https://me:secret@203.0.113.10/", "order.paid", "ERP", "url")]
    [InlineData("hooks", "order.paid", "ERP", "url")]
    [InlineData(
        "http://a23456789a23456789a23456789.a23456789a23456789a23456789.a23456789a23456789a23456789."
            + "a23456789a23456789a23456789.a23456789a23456789a23456789.a23456789a23456789a23456789."
            + "a23456789a23456789a23456789.a23456789a23456789a23456789.a23456789a23456789a23456789.a2345/",
        "order.paid", "ERP", "url")]
    [InlineData("https://203.0.113.10/", "order.lost", "ERP", "types")]
    [InlineData("https://203.0.113.10/", "order.paid", " ", "name")]
    public async Task Bad_input_is_named(string url, string type, string name, string field) =>
        (await Admin.PostAsync("/admin/webhooks", Body(url, type, name))).ExpectInvalid(field);

    [Fact]
    public async Task Of_thirty_at_once_twenty_are_made()
    {
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(_ => Admin.PostAsync("/admin/webhooks", Body())));
        Assert.Equal(20, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created),
            answer => answer.ExpectProblem(HttpStatusCode.Conflict, "webhooks.too_many"));
        var first = answers.First(answer => answer.Status == HttpStatusCode.Created);
        (await Admin.DeleteAsync($"/admin/webhooks/{first["webhookId"].GetGuid()}")).Expect(HttpStatusCode.NoContent);
        (await Admin.PostAsync("/admin/webhooks", Body())).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task They_are_for_those_who_write_operations()
    {
        var finance = await SignUpStaffAsync("FINANCE");
        (await finance.PostAsync("/admin/webhooks", Body())).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        var staff = await SignUpStaffAsync("OPERATOR");
        (await staff.PostAsync("/admin/webhooks", Body())).Expect(HttpStatusCode.Created);
    }
}
