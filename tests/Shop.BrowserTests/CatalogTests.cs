using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>Products, categories, search and codes tell what holds now.</summary>
[Collection(Buying.Name)]
public sealed class CatalogTests(RunningShop shop, Chromium chromium)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_product_outside_its_window_is_not_called_in_stock_and_can_not_be_put_into_the_cart()
    {
        var now = DateTimeOffset.UtcNow;
        var early = await shop.CreateProductAsync("Too early", price: 1_000, stock: 5);
        var late = await shop.CreateProductAsync("Too late", price: 1_000, stock: 5);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await page.GotoAsync($"/#/products/{late}");
        await visitor.Button("Add to cart").ClickAsync();
        await visitor.SeesAsync("Too late is in your cart.");

        await shop.PatchAsync($"/admin/products/{early}", new { sellFrom = now.AddDays(3) });
        await shop.PatchAsync($"/admin/products/{late}", new { sellUntil = now.AddDays(-3) });
        await page.GotoAsync($"/#/products/{early}");
        await Expect(page.Locator(".about .badge")).ToContainTextAsync("For sale from");
        await Expect(visitor.Button("Add to cart")).ToHaveCountAsync(0);
        await page.GotoAsync($"/#/products/{late}");
        await Expect(page.Locator(".about .badge")).ToHaveTextAsync("Not for sale");
        await page.GotoAsync("/#/cart");
        await Expect(page.Locator(".lines")).ToContainTextAsync("Not for sale right now.");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task The_chosen_subcategory_stays_in_sight_and_the_front_belongs_to_no_category()
    {
        var root = await CategoryAsync("Kitchen", parentId: null);
        var middle = await CategoryAsync("Pots", root);
        var leaf = await CategoryAsync("Clay pots", middle);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        var chips = page.GetByRole(AriaRole.List, new() { Name = "Categories" });
        await page.GotoAsync($"/#/?category={leaf}");
        await Expect(chips.Locator("[aria-current=true]")).ToHaveTextAsync("Clay pots");
        foreach (var name in (string[])["Kitchen", "Pots"])
            await Expect(chips.GetByRole(AriaRole.Link, new() { Name = name, Exact = true })).ToBeVisibleAsync();

        var search = page.GetByRole(AriaRole.Searchbox);
        await search.FillAsync("nothing like this");
        await Expect(page).ToHaveURLAsync(new Regex("q=nothing", RegexOptions.None, Second));
        await search.FillAsync("");
        await Expect(page).Not.ToHaveURLAsync(new Regex("q=", RegexOptions.None, Second));
        await Expect(page.Locator(".hero")).ToBeHiddenAsync();
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task The_search_keeps_the_focus_when_the_cart_comes()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignUpAsync("Types");
        var held = new TaskCompletionSource();
        await page.RouteAsync("**/api/v1/users/*/cart", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await page.ReloadAsync();
        var search = page.GetByRole(AriaRole.Searchbox);
        await search.FocusAsync();
        await page.Keyboard.TypeAsync("la");
        var cart = page.WaitForResponseAsync("**/api/v1/users/*/cart");
        held.SetResult();
        await (await cart).FinishedAsync();
        await page.EvaluateAsync(
            "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
        await Expect(search).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("mp");
        await Expect(search).ToHaveValueAsync("lamp");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Times_are_of_the_zone_that_the_shop_is_set_to()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await page.GotoAsync("/");
        await Expect(page.Locator("footer")).ToContainTextAsync("All times are Korean Standard Time.");
        await page.RouteAsync("**/js/settings.js", route => route.FulfillAsync(new()
        {
            ContentType = "text/javascript",
            Body = "export const timeZone = 'America/New_York';",
        }));
        await page.ReloadAsync();
        await Expect(page.Locator("footer")).ToContainTextAsync("All times are Eastern");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_code_is_redeemed_for_its_coupon_and_an_unknown_one_is_told_at_its_field()
    {
        var now = DateTimeOffset.UtcNow;
        var code = $"CODE-{Guid.NewGuid():N}"[..20];
        var coupon = (await shop.PostAsync("/admin/coupons", new
        {
            name = "By code alone",
            discount = new { type = "FIXED", value = 1_000 },
            quantity = 5,
            issueFrom = now.AddDays(-1),
            issueUntil = now.AddDays(1),
            validUntil = now.AddDays(30),
            issuance = "CODE",
        })).GetProperty("couponId").GetInt64();
        await shop.PostAsync($"/admin/coupons/{coupon}/codes", new { code, uses = 2 });
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignUpAsync("Redeems");
        await visitor.GoToAsync("Coupons");
        var field = visitor.Page.GetByLabel("Coupon code");
        await field.FillAsync("NO-SUCH-CODE");
        await visitor.Button("Redeem").ClickAsync();
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(field).ToBeFocusedAsync();
        await field.FillAsync(code.ToLowerInvariant());
        await visitor.Button("Redeem").ClickAsync();
        await visitor.SeesAsync("You have the coupon By code alone.");
        var mine = visitor.Page.GetByRole(AriaRole.Region, new() { Name = "My coupons" });
        await Expect(mine).ToContainTextAsync("By code alone");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_new_product_has_the_shops_threshold_and_a_drawing_comes_from_where_the_page_does()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await page.GotoAsync("/ops/#/products/new");
        await page.GetByLabel("Name").FillAsync("Drawn lamp");
        await page.GetByLabel("Price").FillAsync("1000");
        await page.GetByLabel("Stock", new() { Exact = true }).FillAsync("7");
        await visitor.Button("Add an image").ClickAsync();
        await page.GetByLabel("Address of the image").FillAsync("http://localhost:8080/goods/lamp.svg");
        var sending = page.WaitForRequestAsync(request =>
            request.Method == "POST" && request.Url.EndsWith("/admin/products", StringComparison.Ordinal));
        await visitor.Button("Create").ClickAsync();
        var sent = JsonElement.Parse((await sending).PostData!);
        Assert.False(sent.TryGetProperty("lowStockThreshold", out _));
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Drawn lamp");
        await Expect(page.Locator("img.thumb")).ToHaveAttributeAsync("src", "/goods/lamp.svg");
        await page.GotoAsync("/ops/#/products?q=Drawn+lamp");
        await Expect(page.Locator("img.thumb").First).ToHaveAttributeAsync("src", "/goods/lamp.svg");
        visitor.AssertNoFaults();
    }

    private async Task<long> CategoryAsync(string name, long? parentId) =>
        (await shop.PostAsync("/admin/categories", new { name, parentId })).GetProperty("categoryId").GetInt64();
}
