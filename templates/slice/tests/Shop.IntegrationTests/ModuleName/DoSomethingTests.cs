using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.ModuleName;

public sealed class DoSomethingTests : ShopTest
{
    [Fact]
    public async Task Something_is_done()
    {
        var done = (await Admin.PostAsync("/admin/do-something", new { text = "한글" })).Expect(HttpStatusCode.OK);
        Assert.Equal(("한글", 2), (done["text"].GetString(), done["length"].GetInt32()));
    }

    [Fact]
    public async Task Nothing_is_done_without_a_text() =>
        (await Admin.PostAsync("/admin/do-something", new { text = "" })).ExpectInvalid("text");

    [Fact]
    public async Task A_customer_may_not() =>
        (await (await SignUpAsync()).PostAsync("/admin/do-something", new { text = "x" }))
            .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
}
