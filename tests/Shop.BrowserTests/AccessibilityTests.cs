using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>
/// Every page of the storefront and its states, by WCAG 2.2 AA: no fault that axe-core finds, all by keyboard, enlarged
/// fourfold. Its screenshots show both languages, light and dark.
/// </summary>
[Collection(Buying.Name)]
public sealed class AccessibilityTests(RunningShop shop, Chromium chromium)
{
    private static readonly (string Name, string Path)[] Open =
        [("products", "/"), ("sign-in", "/sign-in"), ("sign-up", "/sign-up"), ("nothing", "/nothing")];

    private static readonly (string Name, string Path)[] Own =
    [
        ("coupons", "/coupons"), ("cart", "/cart"), ("orders", "/orders"), ("wallet", "/wallet"),
        ("account", "/account"),
    ];

    [Theory]
    [InlineData(1_280, "ko-KR", ColorScheme.Light)]
    [InlineData(390, "en-US", ColorScheme.Dark)]
    public async Task No_page_has_a_fault_that_axe_finds(int width, string locale, ColorScheme scheme)
    {
        var product = await shop.CreateProductAsync("옹기 / Jar", price: 10_000, stock: 3);
        await shop.CreateProductAsync("뚝배기 / Pot", price: 10_000, stock: 0);
        await shop.CreateCouponAsync("첫 구매 / Welcome", new { type = "FIXED", value = 3_000 }, quantity: 10);
        await using var visitor = await Visitor.ComeAsync(chromium, shop, locale, width);
        var page = visitor.Page;
        await page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        var look = $"{(width < 600 ? "phone" : "desktop")}-{scheme.ToString().ToLowerInvariant()}-{locale[..2]}";

        async Task LookAsync(string name, string path)
        {
            await page.GotoAsync($"/#{path}");
            await Expect(page.Locator("main h1")).ToHaveCountAsync(1);
            await Expect(page.Locator("main[aria-busy]")).ToHaveCountAsync(0);
            await visitor.AssertAccessibleAsync();
            await visitor.ShootAsync($"{name}-{look}");
        }

        foreach (var (name, path) in Open)
            await LookAsync(name, path);
        await LookAsync("product", $"/products/{product}");
        await page.Locator(".order-form > button").ClickAsync();
        await LookAsync("cart-guest", "/cart");

        await SignUpAsync(page);
        foreach (var (name, path) in Own)
            await LookAsync(name, path);
        await page.GotoAsync("/#/coupons");
        await page.Locator("main .coupon .actions button").First.ClickAsync();
        await Expect(page.Locator("#mine")).ToBeVisibleAsync();
        await page.GotoAsync("/#/cart");
        await page.Locator(".summary .choice input").Last.CheckAsync();
        await visitor.AssertAccessibleAsync();
        await page.Locator(".summary > button").First.ClickAsync();
        await Expect(page.Locator(".order.new")).ToBeVisibleAsync();
        await LookAsync("orders-paid", "/orders");
        var order = await page.Locator(".order").First.GetAttributeAsync("data-order");
        await LookAsync("order", $"/orders/{order}");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task The_keyboard_alone_is_enough_for_a_whole_purchase()
    {
        var product = await shop.CreateProductAsync("By keys", price: 5_000, stock: 10);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await page.GotoAsync("/#/coupons");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Coupons");
        await PressUntilAsync(page, page.GetByRole(AriaRole.Searchbox));
        await page.Keyboard.TypeAsync("By keys");
        await Expect(page.GetByRole(AriaRole.Option)).ToHaveTextAsync("By keys");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("By keys");
        await PressUntilAsync(page, visitor.Button("Add to cart"));
        await page.Keyboard.PressAsync("Enter");
        await visitor.SeesAsync("By keys is in your cart.");

        // Kept before the sign-in, and after it.
        await page.GotoAsync("/#/cart");
        var signIn = page.GetByRole(AriaRole.Link, new() { Name = "Sign in to buy" });
        await PressUntilAsync(page, signIn);
        await page.Keyboard.PressAsync("Enter");
        var signUp = page.GetByRole(AriaRole.Link, new() { Name = "Sign up" });
        await PressUntilAsync(page, signUp);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByLabel("Name")).ToBeFocusedAsync();
        foreach (var text in (string[])["Keys", $"{Guid.NewGuid():N}@example.com", "correct horse"])
        {
            await page.Keyboard.TypeAsync(text);
            await page.Keyboard.PressAsync("Tab");
        }

        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Cart");
        var buy = visitor.Button("Charge ₩5,000 and buy for ₩5,000");
        await Expect(buy).ToBeEnabledAsync();
        await PressUntilAsync(page, buy);
        await page.Keyboard.PressAsync("Enter");
        await visitor.SeesAsync("Thank you! Your order is paid.");
        await Expect(page.Locator(".order")).ToContainTextAsync("By keys");
        Assert.Equal(9, (await shop.GetAsync($"/products/{product}")).GetProperty("stock").GetInt64());
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Enlarged_fourfold_nothing_is_cut_off()
    {
        // 1,280 pixels, enlarged fourfold, are 320.
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 320);
        await visitor.SignUpAsync("Large");
        foreach (var (name, path) in Open.Concat(Own))
        {
            await visitor.Page.GotoAsync($"/#{path}");
            await Expect(visitor.Page.Locator("main[aria-busy]")).ToHaveCountAsync(0);
            var width = await visitor.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
            Assert.True(width == 320, $"{name} is {width} wide.");
        }

        visitor.AssertNoFaults();
    }

    private static async Task PressUntilAsync(IPage page, ILocator wanted)
    {
        await Expect(wanted).ToBeVisibleAsync();
        for (var pressed = 0; pressed < 80; pressed++)
        {
            if (await wanted.EvaluateAsync<bool>("(element) => element === document.activeElement"))
                return;
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail("It was not reached by the keyboard.");
    }

    private static async Task SignUpAsync(IPage page)
    {
        await page.GotoAsync("/#/sign-up");
        var fields = page.Locator("main form input");
        await fields.Nth(0).FillAsync("Somebody");
        await fields.Nth(1).FillAsync($"{Guid.NewGuid():N}@example.com");
        await fields.Nth(2).FillAsync("correct horse");
        await page.Locator("main form button").ClickAsync();
        await Expect(page.Locator("header .name")).ToBeVisibleAsync();
    }
}
