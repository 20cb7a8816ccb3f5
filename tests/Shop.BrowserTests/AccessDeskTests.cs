using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>Webhooks and API keys, whose secrets are shown once.</summary>
[Collection(Pages.Name)]
public sealed class AccessDeskTests(RunningShop shop, Chromium chromium)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task An_API_key_is_shown_once_and_revoked()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("API keys");
        await page.GetByLabel("Name").FillAsync("Storefront");
        await page.GetByLabel("users:act-for").CheckAsync();
        await visitor.Button("Create").ClickAsync();
        await Expect(page.Locator("dialog .secret")).ToHaveValueAsync(new Regex("^shop_", RegexOptions.None, Second));
        await visitor.Button("It is kept").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Storefront" }))
            .ToContainTextAsync("users:act-for");
        await visitor.Button("Revoke Storefront").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await visitor.SeesAsync("Storefront is revoked.");
        await Expect(visitor.Button("Revoke Storefront")).ToHaveCountAsync(0);
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_webhook_is_made_tested_paused_changed_renewed_and_deleted()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Webhooks");
        await page.GetByLabel("Name").FillAsync("Warehouse");
        await page.GetByLabel("Address").FillAsync("http://10.0.0.1/hook");
        await page.GetByLabel("order.paid").CheckAsync();
        await visitor.Button("Create").ClickAsync();
        await Expect(page.GetByText("10.0.0.1 is in an inner network")).ToBeVisibleAsync();
        await page.GetByLabel("Address").FillAsync($"{shop.Address}hook");
        await visitor.Button("Create").ClickAsync();
        var secret = await page.Locator("dialog .secret").InputValueAsync();
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        await visitor.Button("It is kept").ClickAsync();

        await visitor.Button("Test call").ClickAsync();
        await visitor.SeesAsync("Answered 404 in ");
        await BuyAsync();
        var delivery = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "order.paid" });
        do
            await visitor.Button("Reload").ClickAsync();
        while (await delivery.CountAsync() == 0);
        await visitor.ShootAsync("webhook");

        await visitor.Button("Pause").ClickAsync();
        await visitor.SeesAsync("Warehouse is paused");
        await page.GetByLabel("order.refunded").CheckAsync();
        await visitor.Button("Save").ClickAsync();
        await visitor.SeesAsync("Warehouse is saved.");
        await visitor.Button("New secret").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "New secret" }).ClickAsync();
        await Expect(page.Locator("dialog .secret")).Not.ToHaveValueAsync(secret);
        await visitor.Button("It is kept").ClickAsync();
        await visitor.Button("Delete").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await visitor.SeesAsync("Warehouse is deleted.");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Webhooks");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Warehouse" })).ToHaveCountAsync(0);
        visitor.AssertNoFaults();
    }

    private async Task BuyAsync()
    {
        var product = await shop.CreateProductAsync("Told of", price: 0, stock: 5);
        var user = await shop.PostAsync(
            "/admin/users", new { email = $"{Guid.NewGuid():N}@example.com", name = "Somebody" });
        var items = new[] { new { productId = product, quantity = 1 } };
        await shop.PostAsync("/checkout", new { userId = user.GetProperty("userId").GetInt64(), items });
    }
}
