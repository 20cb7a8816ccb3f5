using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>Every view: nothing is cut off on a small screen, and every control has a name.</summary>
[Collection(Pages.Name)]
public sealed class PageTests(RunningShop shop, Chromium chromium)
{
    // Names as a screen reader has them, roughly: a label, aria-label, or the element's own text.
    private const string Nameless = """
        () => [...document.querySelectorAll('a, button, input, select, textarea, svg[role=img], [role=region]')]
            .filter((element) => !(element.getAttribute('aria-label') || element.getAttribute('aria-labelledby') ||
                element.labels?.length > 0 || element.textContent.trim()))
            .map((element) => element.outerHTML)
        """;

    private const string TextUnderProgress = """
        () => {
            const bars = [...document.querySelectorAll('progress')].map((bar) => bar.getBoundingClientRect());
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const covered = [];
            // A text for screen readers alone is clipped to a pixel.
            const isClipped = (element) => !!element && (isClipped(element.parentElement)
                || (getComputedStyle(element).overflow === 'hidden' && element.getBoundingClientRect().width <= 1));
            while (walker.nextNode()) {
                if (isClipped(walker.currentNode.parentElement)) continue;
                const range = document.createRange();
                range.selectNodeContents(walker.currentNode);
                const under = [...range.getClientRects()].some((text) => bars.some((bar) =>
                    text.width > 1 && bar.width > 1 && bar.left < text.right - 1 && text.left < bar.right - 1
                    && bar.top < text.bottom - 3 && text.top < bar.bottom - 3));
                if (under && walker.currentNode.data.trim()) covered.push(walker.currentNode.data);
            }
            return covered;
        }
        """;

    // A text that is missing shows its name.
    private const string Untranslated = """
        () => [...document.querySelectorAll('body *:not(code, script, .permissions)')]
            .flatMap((element) => [
                ...[...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map(({ data }) => data),
                element.getAttribute('aria-label'), element.dataset.label])
            .filter((text) => /^[a-z]+(-[a-z]+)*\.[\w.-]+$/.test(text?.trim()))
        """;

    [Theory]
    [InlineData("ko-KR", "ko")]
    [InlineData("en-GB", "en")]
    [InlineData("fr-FR", "en")]
    public async Task The_page_speaks_the_visitors_language(string locale, string spoken)
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop, locale);
        await visitor.Page.GotoAsync("/");
        await Expect(visitor.Page.Locator("html")).ToHaveAttributeAsync("lang", spoken);
        await Expect(visitor.Navigation).ToContainTextAsync(spoken == "ko" ? "장바구니" : "Cart");
        await visitor.Button(spoken == "ko" ? "English" : "한국어").ClickAsync();
        await visitor.Page.ReloadAsync();
        await Expect(visitor.Page.Locator("html")).ToHaveAttributeAsync("lang", spoken == "ko" ? "en" : "ko");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Every_view_of_the_storefront_fits_a_small_screen_and_names_its_controls()
    {
        var product = await shop.CreateProductAsync(
            "A thing with a rather long name, so that it has to be wrapped somewhere", price: 1_000_000, stock: 3);
        await shop.CreateCouponAsync(
            "A coupon with a rather long name too", new { type = "FIXED", value = 3_000 }, quantity: 5);
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 360);
        await visitor.Page.GotoAsync("/#/sign-in");
        await AssertFitsAsync(visitor.Page);
        await visitor.SignUpAsync("Somebody with a rather long name");
        await visitor.Page.GotoAsync($"/#/products/{product}");
        await visitor.Button("Add to cart").ClickAsync();
        await visitor.SeesAsync("is in your cart");
        await AssertFitsAsync(visitor.Page);
        foreach (var view in (string[])["/", "/coupons", "/cart", "/orders", "/wallet", "/nothing"])
        {
            await visitor.Page.GotoAsync($"/#{view}");
            await AssertFitsAsync(visitor.Page);
        }

        await visitor.Page.GotoAsync("/#/");
        await Expect(visitor.Page.Locator(".card").First).ToBeVisibleAsync();
        await visitor.ShootAsync("small-screen");
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task Every_view_of_the_operators_page_speaks_Korean()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop, locale: "ko-KR");
        await visitor.SignInAsOperatorAsync();
        foreach (var view in await OperatorViews.FillAsync(shop))
        {
            await visitor.Page.GotoAsync($"/ops/#{view}");
            await Expect(visitor.Page.Locator("main[aria-busy]")).ToHaveCountAsync(0);
            await Expect(visitor.Page.Locator("main h1")).ToHaveCountAsync(1);
            Assert.Empty(await visitor.Page.EvaluateAsync<string[]>(Untranslated));
        }

        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Every_view_of_the_operators_page_fits_a_small_screen_and_names_its_controls()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 360);
        await visitor.SignInAsOperatorAsync();
        foreach (var view in await OperatorViews.FillAsync(shop))
        {
            await visitor.Page.GotoAsync($"/ops/#{view}");
            await AssertFitsAsync(visitor.Page);
        }

        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task The_keyboard_alone_is_enough_to_sign_up()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.Page.GotoAsync("/");
        await Expect(visitor.Page.Locator("main h1")).ToBeVisibleAsync();
        await visitor.Page.Keyboard.PressAsync("Tab");
        await Expect(visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" })).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
        await visitor.Page.GotoAsync("/#/sign-up");
        await Expect(visitor.Page.GetByLabel("Name")).ToBeFocusedAsync();
        foreach (var text in (string[])["Keys", $"{Guid.NewGuid():N}@example.com", "correct horse"])
        {
            await visitor.Page.Keyboard.TypeAsync(text);
            await visitor.Page.Keyboard.PressAsync("Tab");
        }

        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.SeesAsync("Welcome, Keys.");
        visitor.AssertNoFaults();
    }

    [Theory]
    [InlineData(360, "ko-KR", ColorScheme.Dark)]
    [InlineData(360, "en-US", ColorScheme.Light)]
    [InlineData(1_300, "ko-KR", ColorScheme.Light)]
    [InlineData(1_300, "en-US", ColorScheme.Dark)]
    public async Task No_progress_bar_lies_over_text(int width, string locale, ColorScheme scheme)
    {
        var product = await shop.CreateProductAsync("Sold", price: 0, stock: 100);
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = await shop.PostAsync("/admin/users", new { email, name = "Somebody" });
        var items = new[] { new { productId = product, quantity = 5 } };
        await shop.PostAsync("/checkout", new { userId = user.GetProperty("userId").GetInt64(), items });
        var off = new { type = "FIXED", value = 3_000 };
        await shop.CreateCouponAsync("A coupon of which there are many", off, quantity: 1_000_000);
        await using var visitor = await Visitor.ComeAsync(chromium, shop, locale, width);
        await visitor.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await visitor.SignInAsOperatorAsync();
        foreach (var view in (string[])["/ops/#/coupons", "/ops/#/live", "/#/coupons"])
        {
            await visitor.Page.GotoAsync(view);
            await Expect(visitor.Page.Locator("progress").First).ToBeAttachedAsync();
            Assert.Empty(await visitor.Page.EvaluateAsync<string[]>(TextUnderProgress));
        }

        visitor.AssertNoFaults();
    }

    private static async Task AssertFitsAsync(IPage page)
    {
        await Expect(page.Locator("main[aria-busy]")).ToHaveCountAsync(0);
        await Expect(page.Locator("main h1")).ToHaveCountAsync(1);
        Assert.Equal(360, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        Assert.Empty(await page.EvaluateAsync<string[]>(Nameless));
    }
}
