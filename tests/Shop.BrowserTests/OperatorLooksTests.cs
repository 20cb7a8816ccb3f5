using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>Each operator's page as it looks: pictures of it, and what axe-core finds.</summary>
[Collection(Pages.Name)]
[Trait(Slice.Name, Slice.Full)]
public sealed class OperatorLooksTests(RunningShop shop, Chromium chromium)
{
    [Theory]
    [InlineData("ko-KR", 1_400, ColorScheme.Light)]
    [InlineData("en-US", 390, ColorScheme.Dark)]
    public async Task Every_page_with_something_on_it_is_accessible(string locale, int width, ColorScheme scheme)
    {
        var views = await OperatorViews.FillAsync(shop);
        await using var visitor = await Visitor.ComeAsync(chromium, shop, locale, width);
        var page = visitor.Page;
        await page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await page.GotoAsync("/ops");
        await Expect(page.Locator("input[type=email]")).ToBeVisibleAsync();
        await visitor.AssertAccessibleAsync();
        await visitor.SignInAsOperatorAsync();
        foreach (var view in views)
        {
            await page.GotoAsync($"/ops/#{view}");
            await Expect(page.Locator("main[aria-busy]")).ToHaveCountAsync(0);
            await Expect(page.Locator("main h1")).ToHaveCountAsync(1);
            await visitor.AssertAccessibleAsync();
            await visitor.ShootAsync($"ops-{locale[..2]}-{width}-{string.Concat(view.Where(char.IsAsciiLetterLower))}");
        }

        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Questions_and_secrets_are_accessible()
    {
        var views = await OperatorViews.FillAsync(shop);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        (string View, string Button)[] questions =
            [
                (views.First(view => view.StartsWith("/orders/", StringComparison.Ordinal)), "Mark as sent"),
                ("/orders", "Orders as CSV"),
                (views.First(view => view.StartsWith("/customers/", StringComparison.Ordinal)), "Reset password"),
            ];
        foreach (var (view, button) in questions)
        {
            await page.GotoAsync($"/ops/#{view}");
            await visitor.Button(button).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(1);
            await visitor.AssertAccessibleAsync();
        }

        visitor.AssertNoFaults();
    }
}
