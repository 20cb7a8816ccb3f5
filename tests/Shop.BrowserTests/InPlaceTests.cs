using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>Redrawing leaves the focus, the selection and the scroll where they are.</summary>
[Collection(Pages.Name)]
[Trait(Slice.Name, Slice.Full)]
public sealed class InPlaceTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task A_refresh_of_the_live_page_keeps_focus_selection_and_scroll()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 360);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Live");
        var table = page.GetByRole(AriaRole.Region, new() { Name = "Deliveries by module" });
        await table.FocusAsync();
        await page.EvaluateAsync("""
            () => {
                const headings = [...document.querySelectorAll('.panel h2')];
                const heading = headings.find((h2) => h2.textContent.startsWith('Deliveries by'));
                getSelection().selectAllChildren(heading);
                window.table = document.activeElement;
                const narrow = new CSSStyleSheet();
                narrow.replaceSync('.panel .scroll { width: 8rem; }');
                document.adoptedStyleSheets = [narrow];
                window.table.scrollLeft = 40;
                window.scrolled = [window.table.scrollLeft, scrollY];
            }
            """);
        for (var refresh = 0; refresh < 3; refresh++)
            await page.WaitForResponseAsync(static response =>
                response.Url.Contains("/products/popular", StringComparison.Ordinal));

        await Expect(table).ToBeFocusedAsync();
        Assert.Equal("Deliveries by module", await page.EvaluateAsync<string>("() => getSelection().toString()"));
        Assert.True(await page.EvaluateAsync<bool>("() => document.activeElement === window.table"));
        Assert.Equal(await page.EvaluateAsync<double[]>("() => window.scrolled"),
            await page.EvaluateAsync<double[]>("() => [window.table.scrollLeft, scrollY]"));
        Assert.Equal(40, await page.EvaluateAsync<double>("() => window.table.scrollLeft"));
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_waiting_line_that_moves_keeps_the_focus()
    {
        var first = await shop.CreateCouponAsync("Had at once", new { type = "FIXED", value = 3_000 }, quantity: 8);
        var second = await shop.CreateCouponAsync("Waited for", new { type = "FIXED", value = 3_000 }, quantity: 20);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignUpAsync("Waits");
        await visitor.GoToAsync("Coupons");
        await visitor.Button("Stand in line for Had at once").ClickAsync();
        await Expect(visitor.Page.Locator("#lines .line.completed")).ToHaveCountAsync(1);
        Assert.Equal(1, (await shop.GetAsync($"/coupons/{first}")).GetProperty("issued").GetInt32());

        ILocator close;
        await using (await shop.HoldQueueAsync(second))
        {
            for (var i = 0; i < 7; i++)
                await shop.EnterQueueAsync(second);
            await visitor.Button("Stand in line for Waited for").ClickAsync();
            await Expect(visitor.Page.Locator(".line .position")).ToHaveTextAsync("Number 8");
            close = visitor.Page.Locator("#lines .line.completed button").First;
            await close.FocusAsync();
            await visitor.Page.EvaluateAsync("() => { window.focused = document.activeElement; }");
        }

        await Expect(visitor.Page.Locator("#lines .line.completed")).ToHaveCountAsync(2);
        await Expect(close).ToBeFocusedAsync();
        Assert.True(await visitor.Page.EvaluateAsync<bool>("() => document.activeElement === window.focused"));

        // Each closes its own.
        await close.ClickAsync();
        await Expect(visitor.Page.Locator("#lines .line")).ToHaveTextAsync("You got the coupon Waited for!×");
        visitor.AssertNoFaults();
    }
}
