using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>A list that can't be loaded says so in its own place, and the rest of the page stays.</summary>
[Collection(Pages.Name)]
public sealed class PartTests(RunningShop shop, Chromium chromium)
{
    [Theory]
    [InlineData("/", "/products/popular?*", "Popular right now: not loaded.", ".card")]
    [InlineData("/wallet", "/users/*/balance/history?*", "History: not loaded.", "#balance")]
    [InlineData("/wallet", "/users/*/balance", "Balance: not loaded.", "form")]
    [InlineData("/coupons", "/users/*/coupons?*", "My coupons: not loaded.", ".coupon")]
    [InlineData("/coupons", "/coupons?*", "On offer: not loaded.", "#mine")]
    [InlineData("/cart", "/users/*/coupons?*", "Coupon: not loaded.", ".lines li")]
    [InlineData("/cart", "/orders/quote", "Coupon: not loaded.", ".lines li")]
    [InlineData("/cart", "/users/*/balance", "Wallet balance: not loaded.", ".lines li")]
    [InlineData("/orders", "/users/*/orders?*", "Orders: not loaded.", "h1")]
    public async Task One_list_fails_by_itself_and_is_loaded_again(
        string view, string path, string message, string stays)
    {
        var product = await shop.CreateProductAsync("Stays", price: 1_000, stock: 100);
        await shop.CreateCouponAsync("Stays too", new { type = "FIXED", value = 100 }, quantity: 5);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignUpAsync("Half of it");
        await visitor.Page.GotoAsync($"/#/products/{product}");
        await visitor.Button("Add to cart").ClickAsync();
        await visitor.SeesAsync("Stays is in your cart.");

        var errors = await Trouble.ErrorsAsync(visitor.Page, path, 500, "internal");
        await visitor.Page.GotoAsync($"/#{view}");
        await Expect(visitor.Page.GetByText(message)).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator($"main {stays}").First).ToBeVisibleAsync();
        if (view == "/cart")
            await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "buy for ₩1,000" })).ToBeEnabledAsync();

        await errors.EndAsync();
        await visitor.Button("Try again").ClickAsync();
        await Expect(visitor.Page.Locator("main .failed")).ToHaveCountAsync(0);
        await Expect(visitor.Page.GetByText(message)).ToHaveCountAsync(0);
        visitor.AssertNoFaults();
    }

    [Theory]
    [InlineData(422, "catalog.search_too_broad", "That search is too broad. Please use more, or longer, words.")]
    [InlineData(429, "rate_limited", "That was a lot at once. Try again in 1 s.")]
    [InlineData(418, "catalog.something_new", "That can't be done. (catalog.something_new)")]
    public async Task A_refused_search_says_why_in_the_lists_place(int status, string code, string sentence)
    {
        await shop.CreateProductAsync("Searched", price: 1_000, stock: 100);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.Page.GotoAsync("/");
        await Expect(visitor.Page.Locator(".card").First).ToBeVisibleAsync();
        var errors = await Trouble.ErrorsAsync(visitor.Page, "/products?*", status, code);
        var search = visitor.Page.GetByRole(AriaRole.Searchbox);
        await search.FillAsync("e");
        await Expect(visitor.Page.GetByText(sentence)).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator(".card")).ToHaveCountAsync(0);
        await errors.EndAsync();
        await search.FillAsync("Searched");
        await Expect(visitor.Page.Locator(".card").First).ToContainTextAsync("Searched");
        await Expect(search).ToBeFocusedAsync();
        visitor.AssertNoFaults();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_search_that_was_refused_gives_way_to_the_next_list(bool loadedFirst)
    {
        string[] names = loadedFirst ? ["Juniper", "Quince"] : ["Medlar", "Damson"];
        foreach (var name in names)
            await shop.CreateProductAsync(name, price: 1_000, stock: 100);
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 1_400);
        var search = visitor.Page.GetByRole(AriaRole.Searchbox);
        var rows = visitor.Page.Locator("main .part > .scroll tbody tr");
        var failure = visitor.Page.Locator("main .part > .failed");
        await visitor.SignInAsOperatorAsync();
        if (loadedFirst)
        {
            await visitor.GoToAsync("Products and stock");
            await Expect(rows.First).ToBeVisibleAsync();
        }

        var errors = await Trouble.ErrorsAsync(visitor.Page, "/products?*", 422, "catalog.search_too_broad");
        if (loadedFirst)
            await search.FillAsync("e");
        else
            await visitor.GoToAsync("Products and stock");
        await Expect(failure).ToContainTextAsync("That search is too broad.");
        await Expect(rows).ToHaveCountAsync(0);

        await errors.EndAsync();
        foreach (var name in names)
        {
            await search.FillAsync(name);
            await Expect(rows).ToHaveCountAsync(1);
            await Expect(rows).ToContainTextAsync(name);
            await Expect(failure).ToHaveCountAsync(0);
        }

        visitor.AssertNoFaults();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_history_that_failed_is_loaded_again_and_goes_on(bool loadedFirst)
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var rows = visitor.Page.Locator("main .part > .scroll tbody tr");
        var failure = visitor.Page.Locator("main .part > .failed");
        await visitor.SignUpAsync("Counts");
        if (loadedFirst)
        {
            await visitor.GoToAsync("Wallet");
            await visitor.ChargeAsync(1_000);
            await Expect(rows).ToHaveCountAsync(1);
        }

        var errors = await Trouble.ErrorsAsync(visitor.Page, "/users/*/balance/history?*", 500, "internal");
        await visitor.ChargeAsync(2_000);
        await Expect(failure).ToContainTextAsync("History: not loaded.");
        await Expect(rows).ToHaveCountAsync(0);

        await errors.EndAsync();
        var charges = loadedFirst ? 2 : 1;
        await visitor.Button("Try again").ClickAsync();
        await Expect(rows).ToHaveCountAsync(charges);
        await Expect(failure).ToHaveCountAsync(0);
        await visitor.ChargeAsync(3_000);
        await Expect(rows).ToHaveCountAsync(charges + 1);
        await Expect(rows.First).ToContainTextAsync("₩3,000");
        await Expect(failure).ToHaveCountAsync(0);
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task The_live_page_shows_what_it_has_where_one_answer_does_not_come()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 1_400);
        await Trouble.ErrorsAsync(visitor.Page, "/admin/figures", 500, "internal");
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Live");
        var panels = visitor.Page.Locator(".panel");
        await Expect(panels.Filter(new() { HasText = "Deliveries by module" })).ToContainTextAsync("data-platform");
        await Expect(panels.Filter(new() { HasText = "Orders per second" })).ToContainTextAsync("Not loaded yet");
        await Expect(visitor.Page.Locator(".live")).ToContainTextAsync("Not updated");
        visitor.AssertNoFaults();
    }
}
