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
        var views = await FillAsync();
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
        var views = await FillAsync();
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

    /// <returns>The views, with one thing of each kind.</returns>
    private async Task<IReadOnlyList<string>> FillAsync()
    {
        var product = await shop.CreateProductAsync("Looked at", price: 1_000, stock: 3);
        var coupon = await shop.CreateCouponAsync("Looked at", new { type = "FIXED", value = 500 }, quantity: 9);
        var email = $"{Guid.NewGuid():N}@example.com";
        var userId = (await shop.PostAsync("/admin/users", new { email, name = "Looked at" }))
            .GetProperty("userId").GetInt64();
        await shop.PostAsync($"/coupons/{coupon}/issue", new { userId });
        await shop.PostAsync($"/users/{userId}/balance/charges", new { amount = 10_000 });
        var items = new[] { new { productId = product, quantity = 2 } };
        var bought = await shop.PostAsync("/checkout", new { userId, items });
        var order = bought.GetProperty("order").GetProperty("orderId").GetString();
        var one = new[] { new { productId = product, quantity = 1 } };
        await shop.PostAsync($"/orders/{order}/refunds", new { items = one, reason = "Damaged" });
        var types = new[] { "order.*" };
        var hook = await shop.PostAsync(
            "/admin/webhooks", new { url = "http://127.0.0.1:9/hook", types, name = "Looked at" });
        // A paused webhook does not try to reach an address that answers nothing.
        await shop.PatchAsync($"/admin/webhooks/{hook.GetProperty("webhookId")}", new { status = "PAUSED" });
        return
            [
                "/",
                "/orders",
                $"/orders/{order}",
                "/customers",
                $"/customers/{userId}",
                "/products",
                "/products/new",
                "/products/categories",
                "/products/csv",
                $"/products/{product}",
                "/coupons",
                "/coupons/new",
                $"/coupons/{coupon}",
                "/live",
                "/letters",
                "/webhooks",
                $"/webhooks/{hook.GetProperty("webhookId")}",
                "/audit",
                "/keys",
                "/activity",
            ];
    }
}
