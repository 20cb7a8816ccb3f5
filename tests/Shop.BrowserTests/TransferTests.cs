using System.Text;
using System.Text.Json;
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
        await ImportAsync(visitor, $"sku,name,price,stock\r\n{sku},Imported,1000,5\r\n{sku}-2,Too cheap,-1,5\r\n");
        await Expect(page.GetByText("2 of 2 rows looked at, 1 refused")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Refused rows" })).ToContainTextAsync("price");
        await visitor.AssertAccessibleAsync();
        await visitor.ShootAsync("import");
        var download = await page.RunAndWaitForDownloadAsync(() => visitor.Button("Download CSV").ClickAsync());
        Assert.Contains(sku, await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_wrong_header_is_told_at_the_file()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignInAsOperatorAsync();
        await visitor.Page.GotoAsync("/ops/#/products/csv");
        await ImportAsync(visitor, "colour,name\r\nred,Chair\r\n");
        await Expect(visitor.Page.GetByLabel("CSV file")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(visitor.Page.GetByText("The first line has to name columns of those below")).ToBeVisibleAsync();
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_file_whose_answer_is_lost_is_sent_again_under_the_same_key_and_imported_once()
    {
        var name = $"Once {Guid.NewGuid():N}";
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await page.GotoAsync("/ops/#/products/csv");
        var sent = new List<string>();
        await page.RouteAsync("**/api/v1/admin/imports/products", async route =>
        {
            sent.Add(route.Request.Headers["idempotency-key"]);
            if (sent.Count > 1)
            {
                await route.ContinueAsync();
                return;
            }

            await route.FetchAsync();
            await route.AbortAsync("connectionreset");
        });
        await ImportAsync(visitor, $"name,price,stock\r\n{name},1000,5\r\n");
        await Expect(page.GetByText("1 of 1 rows looked at, 0 refused")).ToBeVisibleAsync();
        Assert.Equal(2, sent.Count);
        Assert.Single(sent.Distinct());
        var found = await shop.GetAsync($"/products?q={Uri.EscapeDataString(name)}");
        Assert.Equal(1, found.GetProperty("items").GetArrayLength());
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task The_report_goes_on_after_a_look_that_was_not_answered_and_says_that_its_list_is_cut()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        var looks = 0;
        await page.RouteAsync("**/api/v1/admin/imports/0192*", route => (looks++) switch
        {
            0 => AnswerAsync(route, "RUNNING", done: 500),
            // More often than one request is tried again by itself.
            < 4 => route.AbortAsync("connectionrefused"),
            _ => AnswerAsync(route, "DONE", done: 2_000),
        });
        await page.GotoAsync("/ops/#/products/csv/0192aaaa-0000-7000-8000-000000000000");
        await Expect(page.GetByText("500 of 2,000 rows looked at")).ToBeVisibleAsync();
        await page.EvaluateAsync("() => { window.table = document.querySelector('main .scroll'); }");
        await Expect(page.Locator(".field-error").GetByText("The shop can't be reached.")).ToBeVisibleAsync();
        await Expect(page.GetByText("2,000 of 2,000 rows looked at")).ToBeVisibleAsync();
        await Expect(page.Locator(".field-error").GetByText("The shop can't be reached.")).ToHaveCountAsync(0);
        await Expect(page.GetByText("Only the first 1,000 are listed.")).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("() => window.table === document.querySelector('main .scroll')"));
        visitor.AssertNoFaults();
    }

    private static Task AnswerAsync(IRoute route, string status, int done) => route.FulfillAsync(new()
    {
        ContentType = "application/json",
        Body = JsonSerializer.Serialize(new
        {
            status,
            rows = 2_000,
            done,
            failed = 1_500,
            errors = Enumerable.Range(1, 1_000).Select(row => new { row, field = "price", message = "Must be more." }),
        }),
    });

    private static async Task ImportAsync(Visitor visitor, string csv)
    {
        await visitor.Page.GetByLabel("CSV file").SetInputFilesAsync(new FilePayload
        {
            Name = "products.csv",
            MimeType = "text/csv",
            Buffer = Encoding.UTF8.GetBytes(csv),
        });
        await visitor.Button("Import").ClickAsync();
    }
}
