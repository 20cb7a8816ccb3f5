using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Catalog.Imports;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Catalog;

public sealed class GetImportTests : ImportTest
{
    [Fact]
    public async Task An_import_that_is_not_there_is_not_found_and_nobody_else_reads_one()
    {
        (await Admin.GetAsync($"/admin/imports/{Guid.NewGuid()}")).ExpectProblem(
            HttpStatusCode.NotFound, "catalog.import_not_found");
        (await Admin.GetAsync("/admin/imports/7")).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        var started = (await SendFileAsync("name\n")).Expect(HttpStatusCode.Accepted);
        var customer = await SignUpAsync();
        (await customer.GetAsync($"/admin/imports/{started["importId"]}")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await customer.Client.PostFileAsync(Imports, "name\n"u8.ToArray())).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.PostFileAsync(Imports, "name\n"u8.ToArray())).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task A_report_goes_after_thirty_days()
    {
        var started = (await SendFileAsync("sku\nx\n")).Expect(HttpStatusCode.Accepted);
        await ApplyAsync(Shop);
        Assert.Equal(3, (await ReportAsync(started))["errors"].GetArrayLength());
        await PassAsync(days: 31);
        Assert.Equal(1, await Shop.Services.GetRequiredService<ClearImports>().RunOnceAsync(CancellationToken.None));
        var gone = await Shop.QueryAsync<long>(
            "select (select count(*) from catalog.imports) + (select count(*) from catalog.import_errors)");
        Assert.Equal(0, gone);
    }
}
