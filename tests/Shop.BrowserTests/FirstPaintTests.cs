using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>
/// A page is seen soon on a slow network, the "Slow 3G" of browsers' tools: 400 ms there and back, 400 kbit/s.
/// </summary>
[Collection(Pages.Name)]
public sealed class FirstPaintTests(RunningShop shop, Chromium chromium, ITestOutputHelper output)
{
    private const int LatestPaint = 1_500;

    private const string FirstPaint =
        "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.MAX_VALUE";

    [Theory]
    [InlineData("/", ".card")]
    [InlineData("/ops", "main form")]
    public async Task The_first_paint_comes_within_one_and_a_half_seconds(string path, string content)
    {
        await shop.CreateProductAsync("Soon seen", price: 1_000, stock: 5);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await Trouble.SlowNetworkAsync(visitor.Page, milliseconds: 400, bytesPerSecond: 50_000);
        await visitor.Page.GotoAsync(path);
        await Expect(visitor.Page.Locator(content).First).ToBeVisibleAsync();
        var complete = await visitor.Page.EvaluateAsync<double>("() => performance.now()");
        var painted = await visitor.Page.EvaluateAsync<double>(FirstPaint);
        output.WriteLine($"{path}: first paint {painted:F0} ms, content {complete:F0} ms");
        Assert.True(painted <= LatestPaint, $"{path} was first painted after {painted:F0} ms.");
        visitor.AssertNoFaults();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/ops")]
    public async Task Each_module_is_named_by_the_page_so_that_none_waits_for_another(string path)
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.Page.GotoAsync(path);
        await Expect(visitor.Page.Locator("main h1")).ToHaveCountAsync(1);
        var (loaded, named) = (
            await visitor.Page.EvaluateAsync<string[]>(
                """
                () => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)
                    .filter((name) => name.endsWith('.js'))
                """),
            await visitor.Page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll('link[rel=modulepreload], body > script[src]')]
                    .map((element) => new URL(element.href ?? element.src).pathname)
                """));
        Assert.NotEmpty(loaded);
        Assert.Equal(named.Order(StringComparer.Ordinal), loaded.Distinct().Order(StringComparer.Ordinal));
    }
}
