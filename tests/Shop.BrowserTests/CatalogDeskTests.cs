using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Pages.Name)]
public sealed class CatalogDeskTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task Somebody_elses_change_is_shown_and_what_was_typed_is_kept()
    {
        var product = await shop.CreateProductAsync("Contested", price: 1_000, stock: 5);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await page.GotoAsync($"/ops/#/products/{product}");
        await page.GetByLabel("Name").FillAsync("Contested no more");
        await shop.PatchAsync($"/admin/products/{product}", new { price = 1_200 });
        await visitor.Button("Save").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Somebody else has changed this meanwhile.");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Price (KRW) 1200");
        await Expect(page.GetByLabel("Name")).ToHaveValueAsync("Contested no more");
        await Expect(page.GetByLabel("Price")).ToHaveValueAsync("1200");
        await visitor.ShootAsync("changed-meanwhile");
        await visitor.Button("Save").ClickAsync();
        await visitor.SeesAsync("Contested no more is saved.");
        var now = await shop.GetAsync($"/products/{product}");
        Assert.Equal(
            ("Contested no more", 1_200), (now.GetProperty("name").GetString(), now.GetProperty("price").GetInt32()));
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_refusal_stands_at_its_field_in_the_pages_language()
    {
        var sku = $"TAKEN-{Guid.NewGuid():N}";
        await shop.PostAsync("/admin/products", new { name = "Has it", price = 1_000, stock = 5, sku });
        var product = await shop.CreateProductAsync("Wants it", price: 1_000, stock: 5);
        await using var visitor = await Visitor.ComeAsync(chromium, shop, locale: "ko-KR");
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await page.GotoAsync($"/ops/#/products/{product}");
        var field = page.GetByLabel("SKU");
        await field.FillAsync(sku);
        await visitor.Button("저장").ClickAsync();
        await Expect(field).ToBeFocusedAsync();
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.GetByText("다른 상품이 쓰는 코드입니다.")).ToBeVisibleAsync();
        await page.GetByLabel("증감").FillAsync("-6");
        await page.GetByLabel("이유").FillAsync("분실");
        await visitor.Button("재고 조정").ClickAsync();
        await Expect(page.GetByLabel("증감")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(visitor.Notice).ToHaveCountAsync(0);
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task Categories_are_made_renamed_and_moved_and_a_product_stands_in_one()
    {
        var product = await shop.CreateProductAsync("Kettle", price: 1_000, stock: 5);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await page.GotoAsync("/ops/#/products/categories");
        var create = page.Locator("form.panel");
        foreach (var name in (string[])["Kitchen", "Kettles"])
        {
            await create.GetByLabel("Name").FillAsync(name);
            await create.GetByRole(AriaRole.Button).ClickAsync();
            await visitor.SeesAsync($"{name} is created.");
            await Expect(page.Locator(".tree summary").Filter(new() { HasText = name })).ToHaveCountAsync(1);
        }

        var kettles = page.Locator(".tree li").Filter(new() { HasText = "Kettles #" });
        await kettles.GetByText("Kettles #").ClickAsync();
        await kettles.GetByLabel("Name").FillAsync("Water kettles");
        await kettles.GetByLabel("Under").SelectOptionAsync("Kitchen");
        await kettles.GetByRole(AriaRole.Button).ClickAsync();
        await visitor.SeesAsync("Water kettles is saved.");
        await Expect(page.Locator(".tree .level-2")).ToContainTextAsync("Water kettles");

        await page.GotoAsync($"/ops/#/products/{product}");
        await page.GetByLabel("Kitchen › Water kettles").CheckAsync();
        await visitor.Button("Add an image").ClickAsync();
        await page.GetByLabel("Address of the image").FillAsync($"{shop.Address}icon.svg");
        await page.GetByLabel("What it shows").FillAsync("A kettle");
        await page.GetByLabel("SKU").FillAsync("KETTLE-1");
        await page.GetByText("Window and limits").ClickAsync();
        await page.GetByLabel("At most in an order").FillAsync("3");
        await page.GetByLabel("Sold from").FillAsync("2026-01-01T09:00");
        await visitor.Button("Save").ClickAsync();
        await visitor.SeesAsync("Kettle is saved.");
        var now = await shop.GetAsync($"/products/{product}");
        Assert.Equal("KETTLE-1", now.GetProperty("sku").GetString());
        Assert.Equal(3, now.GetProperty("maxPerOrder").GetInt32());
        Assert.Equal("2026-01-01T00:00:00Z", now.GetProperty("sellFrom").GetString());
        Assert.Equal("A kettle", now.GetProperty("images")[0].GetProperty("alt").GetString());
        Assert.Equal(1, now.GetProperty("categoryIds").GetArrayLength());
        visitor.AssertNoFaults();
    }
}
