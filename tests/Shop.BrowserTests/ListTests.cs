using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>Lists are not mixed with each other, and Back returns to the same place of a list.</summary>
[Collection(Pages.Name)]
[Trait(Slice.Name, Slice.Full)]
public sealed class ListTests(RunningShop shop, Chromium chromium)
{
    [Theory]
    [InlineData("/", ".grid .card", 24)]
    [InlineData("/ops/#/products", "main tbody tr", 25)]
    public async Task No_more_of_the_old_list_is_shown_while_a_new_search_begins(string path, string row, int size)
    {
        var word = $"Mixed{Guid.NewGuid():N}"[..12];
        await FillAsync(word, 30);
        await FillAsync($"Other{word}", 1);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        if (path != "/")
            await visitor.SignInAsOperatorAsync();
        await page.GotoAsync(path);
        var search = page.GetByRole(AriaRole.Searchbox);
        await search.FillAsync($"{word} Thing");
        await Expect(page.Locator(row)).ToHaveCountAsync(size);
        await Expect(visitor.Button("Show more")).ToBeVisibleAsync();

        var held = new TaskCompletionSource();
        await page.RouteAsync($"**/api/v1/products?*Other{word}*", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await search.FillAsync($"Other{word}");
        await Expect(visitor.Button("Show more")).ToBeHiddenAsync();
        await Expect(page.Locator(row)).ToHaveCountAsync(size);
        held.SetResult();
        await Expect(page.Locator(row)).ToHaveCountAsync(1);
        await Expect(visitor.Button("Show more")).ToBeHiddenAsync();
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Back_comes_back_to_as_much_of_the_list_as_was_shown()
    {
        var word = $"Back{Guid.NewGuid():N}"[..12];
        await FillAsync(word, 30);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await page.GotoAsync($"/#/?q={word}");
        await visitor.Button("Show more").ClickAsync();
        await Expect(page.Locator(".card")).ToHaveCountAsync(30);
        await page.Locator(".card").Last.ScrollIntoViewIfNeededAsync();
        // The place is kept a moment after the scrolling ends.
        await page.WaitForFunctionAsync("() => scrollY > 0 && history.state?.y === Math.round(scrollY)");
        var scrolled = await page.EvaluateAsync<double>("() => scrollY");
        await page.Locator(".card a").Last.ClickAsync();
        await Expect(page.Locator(".product h1")).ToBeVisibleAsync();
        await page.GoBackAsync();
        await Expect(page.Locator(".card")).ToHaveCountAsync(30);
        await page.WaitForFunctionAsync("(before) => Math.abs(scrollY - before) < 5", scrolled);
        await Expect(page.GetByRole(AriaRole.Searchbox)).ToHaveValueAsync(word);
        visitor.AssertNoFaults();
    }

    private async Task FillAsync(string word, int count)
    {
        for (var i = 0; i < count; i++)
            await shop.CreateProductAsync($"{word} Thing {i}", price: 1_000, stock: 5);
    }
}
