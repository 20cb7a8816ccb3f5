using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Buying.Name)]
public sealed class BuyerTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task A_buyer_finds_charges_buys_with_a_coupon_and_cancels()
    {
        await shop.CreateProductAsync("Walnut desk", price: 60_000, stock: 7);
        await shop.CreateProductAsync("Oak stool", price: 20_000, stock: 7);
        await shop.CreateCouponAsync(
            "Half price",
            new { type = "PERCENT", value = 50, maxDiscount = 20_000 },
            quantity: 10,
            minimumOrderAmount: 10_000);
        await using var buyer = await Visitor.ComeAsync(chromium, shop, locale: "ko-KR");
        var page = buyer.Page;

        await page.GotoAsync("/");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "상품", Exact = true })).ToBeVisibleAsync();
        await buyer.Button("English").ClickAsync();
        await buyer.SignUpAsync("Minji");

        await page.GetByRole(AriaRole.Searchbox).FillAsync("walnut");
        await Expect(page.Locator(".card")).ToHaveCountAsync(1);
        await buyer.Button("Add Walnut desk to cart").ClickAsync();
        await buyer.SeesAsync("Walnut desk is in your cart.");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("oak");
        await page.GetByRole(AriaRole.Link, new() { Name = "Oak stool" }).ClickAsync();
        await Expect(page.GetByText("<b>no markup</b>")).ToBeVisibleAsync();
        await page.GetByLabel("Quantity").FillAsync("2");
        await buyer.Button("Add to cart").ClickAsync();
        await buyer.SeesAsync("Oak stool is in your cart.");

        await buyer.GoToAsync("Coupons");
        await buyer.Button("Get it now: Half price").ClickAsync();
        await buyer.SeesAsync("You have the coupon Half price.");
        await Expect(page.GetByText("You have this coupon already.")).ToBeVisibleAsync();

        // 60,000 + 2 × 20,000, less 20,000: 80,000, and 30,000 are there.
        await buyer.ChargeAsync(30_000);
        await buyer.GoToAsync("Cart");
        await page.GetByRole(AriaRole.Radio, new() { Name = "Half price" }).CheckAsync();
        await Expect(page.GetByText("Your wallet is ₩50,000 short.")).ToBeVisibleAsync();
        await buyer.ShootAsync("cart");
        await buyer.Button("Charge ₩50,000 and buy for ₩80,000").ClickAsync();
        await buyer.SeesAsync("Your order is paid.");
        var order = page.Locator(".order");
        await Expect(order).ToContainTextAsync("Paid");
        await Expect(order).ToContainTextAsync("₩80,000");
        await Expect(
            buyer.Navigation.GetByRole(AriaRole.Link, new() { Name = "Cart", Exact = true })).ToBeVisibleAsync();

        await buyer.GoToAsync("Wallet");
        await Expect(page.Locator("#balance")).ToHaveTextAsync("₩0");
        await buyer.GoToAsync("Orders");
        await buyer.Button("Cancel order").ClickAsync();
        var question = page.GetByRole(AriaRole.Dialog);
        await Expect(question).ToContainTextAsync("₩80,000 goes back to your wallet.");
        await question.GetByLabel("Reason").FillAsync("Too large");
        await question.GetByRole(AriaRole.Button, new() { Name = "Cancel order" }).ClickAsync();
        await buyer.SeesAsync("cancelled and refunded");
        await Expect(order).ToContainTextAsync("Refunded");
        await buyer.GoToAsync("Wallet");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(4);
        await Expect(page.Locator("#balance")).ToHaveTextAsync("₩80,000");

        await buyer.Button("Sign out").ClickAsync();
        await buyer.SeesAsync("You are signed out.");
        Assert.Equal(
            "{}",
            await page.EvaluateAsync<string>("() => JSON.stringify({ ...sessionStorage, 'shop.lines': undefined })"));
        buyer.AssertNoFaults();
    }

    [Fact]
    public async Task What_sells_is_popular_on_the_first_page()
    {
        var product = await shop.CreateProductAsync("Best of all", price: 1_000, stock: 1_000);
        var user =
            (await shop.PostAsync("/admin/users", new { email = $"{Guid.NewGuid():N}@example.com", name = "Somebody" }))
                .GetProperty("userId")
                .GetInt64();
        await shop.PostAsync($"/users/{user}/balance/charges", new { amount = 900_000 });
        await shop.PostAsync(
            "/checkout", new { userId = user, items = new[] { new { productId = product, quantity = 900 } } });

        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        // Counted from an event, listed every second.
        var first = visitor.Page.Locator(".popular li").First;
        await visitor.Page.GotoAsync("/");
        while (await first.CountAsync() == 0
            || !(await first.InnerTextAsync()).Contains("Best of all", StringComparison.Ordinal))
        {
            await visitor.Page.ReloadAsync();
            await Expect(visitor.Page.Locator(".card").First).ToBeVisibleAsync();
        }

        await Expect(first).ToContainTextAsync("900 sold in 3 days");
        await visitor.ShootAsync("storefront");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_charge_whose_answer_is_lost_is_sent_again_and_happens_once()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Careful");
        var keys = new List<string>();
        await buyer.Page.RouteAsync("**/balance/charges", async route =>
        {
            keys.Add(route.Request.Headers["idempotency-key"]);
            if (keys.Count > 1)
            {
                await route.ContinueAsync();
                return;
            }

            // It arrives and is done; then the line goes dead.
            await route.FetchAsync();
            await route.AbortAsync("connectionreset");
        });

        await buyer.ChargeAsync(25_000);
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩25,000");
        await Expect(buyer.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.Equal(2, keys.Count);
        Assert.Single(keys.Distinct());
    }

    [Fact]
    public async Task An_access_token_that_is_refused_is_renewed_without_a_word()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Patient");
        await buyer.Page.RouteAsync(
            "**/api/v1/users/*/balance",
            route => route.FulfillAsync(new RouteFulfillOptions
            {
                Status = 401,
                ContentType = "application/problem+json",
                Body = """{"status":401,"code":"auth.unauthenticated"}""",
            }),
            new PageRouteOptions { Times = 1 });
        await buyer.GoToAsync("Wallet");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩0");
        buyer.AssertNoFaults();
    }
}
