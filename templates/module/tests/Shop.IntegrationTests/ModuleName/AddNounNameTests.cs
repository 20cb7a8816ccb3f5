using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.ModuleName;

public sealed class AddNounNameTests : ShopTest
{
    [Fact]
    public async Task What_was_added_can_be_read()
    {
        var added = (await Admin.PostAsync("/admin/modulename", new { name = "first" })).Expect(HttpStatusCode.Created);
        var read = (await Admin.GetAsync($"/admin/modulename/{added["id"].GetInt64()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(added.Text, read.Text);
    }
}
