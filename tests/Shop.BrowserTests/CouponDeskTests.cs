using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Pages.Name)]
public sealed class CouponDeskTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task Codes_are_generated_chosen_and_downloaded()
    {
        var coupon = await shop.CreateCouponAsync("By code", new { type = "FIXED", value = 1_000 }, quantity: 50);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await page.GotoAsync($"/ops/#/coupons/{coupon}");
        await page.GetByLabel("How many").FillAsync("3");
        await visitor.Button("Generate codes").ClickAsync();
        await visitor.SeesAsync("3 codes are being made.");
        var rows = page.GetByRole(AriaRole.Region, new() { Name = "Codes" }).Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(3);
        var code = $"HELLO-{Guid.NewGuid():N}"[..20].ToUpperInvariant();
        await page.GetByLabel("Your own code").FillAsync(code);
        await visitor.Button("Add the code").ClickAsync();
        await Expect(rows).ToHaveCountAsync(4);
        var download = await page.RunAndWaitForDownloadAsync(() => visitor.Button("Download CSV").ClickAsync());
        Assert.Contains(code, await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        await page.GetByLabel("Your own code").FillAsync(code);
        await visitor.Button("Add the code").ClickAsync();
        await Expect(page.GetByText("There is such a code already.")).ToBeVisibleAsync();
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_coupon_is_granted_raised_stopped_and_started()
    {
        var coupon = await shop.CreateCouponAsync("Granted", new { type = "PERCENT", value = 10 }, quantity: 2);
        var email = $"{Guid.NewGuid():N}@example.com";
        var userId = (await shop.PostAsync("/admin/users", new { email, name = "Lucky" }))
            .GetProperty("userId").GetInt64();
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await page.GotoAsync($"/ops/#/coupons/{coupon}");
        await page.GetByLabel("Customer numbers").FillAsync($"{userId}, 999999999");
        await visitor.Button("Grant").ClickAsync();
        await Expect(page.GetByText("Granted to 1.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Who got none" })).ToContainTextAsync("#999999999");

        await page.GetByLabel("Quantity").FillAsync("30");
        await visitor.Button("Save").ClickAsync();
        await visitor.SeesAsync("Granted is saved.");
        await Expect(page.Locator(".facts")).ToContainTextAsync("1 / 30");
        await visitor.Button("Stop the coupon").ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Stop the coupon" }).ClickAsync();
        await visitor.SeesAsync("Granted is stopped.");
        await visitor.Button("Start again").ClickAsync();
        await visitor.SeesAsync("Granted is active again.");
        var now = await shop.GetAsync($"/coupons/{coupon}");
        Assert.Equal(("ACTIVE", 30), (now.GetProperty("status").GetString(), now.GetProperty("quantity").GetInt32()));
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_coupon_for_some_products_by_code_alone_is_made()
    {
        var product = await shop.CreateProductAsync("Scoped", price: 1_000, stock: 5);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await page.GotoAsync("/ops/#/coupons/new");
        await page.GetByLabel("Name").FillAsync("Narrow");
        await page.GetByLabel("Discount").SelectOptionAsync("PERCENT");
        await page.GetByLabel("Value").FillAsync("20");
        await page.GetByLabel("Quantity").FillAsync("10");
        await page.GetByLabel("How it is had").SelectOptionAsync("CODE");
        await page.GetByText("Good for").ClickAsync();
        await page.GetByLabel("Product numbers").FillAsync($"{product}");
        await visitor.Button("Create").ClickAsync();
        await visitor.SeesAsync("Narrow is created.");
        await Expect(page.Locator(".facts")).ToContainTextAsync($"Products {product}");
        await Expect(page.Locator(".facts")).ToContainTextAsync("By code");
        visitor.AssertNoFaults();
    }
}
