using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.ModuleName;

public sealed class GetNounNameTests : ShopTest
{
    [Fact]
    public async Task What_is_not_there_is_not_found() =>
        (await Admin.GetAsync("/admin/modulename/999")).ExpectProblem(HttpStatusCode.NotFound, "modulename.not_found");
}
