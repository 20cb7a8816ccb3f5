using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Pages.Name)]
[Trait(Slice.Name, Slice.Full)]
public sealed class TransferTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task Products_are_imported_with_a_report_and_exported()
    {
        var sku = $"IN-{Guid.NewGuid():N}";
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Products and stock");
        await page.GetByRole(AriaRole.Link, new() { Name = "Import and export" }).ClickAsync();
        await page.GetByLabel("CSV file").SetInputFilesAsync(new FilePayload
        {
            Name = "products.csv",
            MimeType = "text/csv",
            Buffer = System.Text.Encoding.UTF8.GetBytes(
                $"sku,name,price,stock\r\n{sku},Imported,1000,5\r\n{sku}-2,Too cheap,-1,5\r\n"),
        });
        await visitor.Button("Import").ClickAsync();
        await Expect(page.GetByText("2 of 2 rows looked at, 1 refused")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Refused rows" })).ToContainTextAsync("price");
        await visitor.AssertAccessibleAsync();
        await visitor.ShootAsync("import");
        var download = await page.RunAndWaitForDownloadAsync(() => visitor.Button("Download CSV").ClickAsync());
        Assert.Contains(sku, await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        visitor.AssertNoFaults();
    }
}
