using System.Text.Json;
using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(OneShop.Name)]
public sealed class OperatorTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task A_dead_letter_is_found_read_and_retried_and_arrives()
    {
        var (eventId, _) = await PlantAsync("The platform was down");
        await using var operatorOfTheShop = await Visitor.ComeAsync(chromium, shop);
        var page = operatorOfTheShop.Page;
        await operatorOfTheShop.SignInAsOperatorAsync();
        await operatorOfTheShop.GoToAsync("Dead letters");

        var letter = page.Locator(".letter").Filter(new() { HasText = eventId.ToString() });
        await Expect(letter).ToContainTextAsync("The platform was down");
        await Expect(letter).ToContainTextAsync("data-platform");
        await letter.GetByText("Payload").ClickAsync();
        await Expect(letter.Locator("pre")).ToContainTextAsync($"\"eventId\": \"{eventId}\"");
        await operatorOfTheShop.ShootAsync("dead-letter");
        await letter.GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await operatorOfTheShop.SeesAsync("on its way again");
        await Expect(letter).ToHaveCountAsync(0);
        await UntilArrivedAsync(eventId);
        operatorOfTheShop.AssertNoFaults();
    }

    [Fact]
    public async Task A_dead_letter_is_given_up_with_a_reason()
    {
        var (eventId, orderId) = await PlantAsync("Unreadable");
        await using var operatorOfTheShop = await Visitor.ComeAsync(chromium, shop);
        await operatorOfTheShop.SignInAsOperatorAsync();
        await operatorOfTheShop.GoToAsync("Dead letters");
        var letter = operatorOfTheShop.Page.Locator(".letter").Filter(new() { HasText = eventId.ToString() });
        await letter.GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        var question = operatorOfTheShop.Page.GetByRole(AriaRole.Dialog);
        await question.GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        // The browser wants the reason first.
        await Expect(question).ToBeVisibleAsync();
        await question.GetByLabel("Reason").FillAsync($"Known: {orderId}");
        await question.GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        await operatorOfTheShop.SeesAsync("is given up");
        await Expect(letter).ToHaveCountAsync(0);
        operatorOfTheShop.AssertNoFaults();
    }

    [Fact]
    public async Task The_live_page_shows_what_happens()
    {
        await using var operatorOfTheShop = await Visitor.ComeAsync(chromium, shop, width: 1_400);
        var page = operatorOfTheShop.Page;
        await operatorOfTheShop.SignInAsOperatorAsync();
        var coupon = await shop.CreateCouponAsync("Watched", new { type = "FIXED", value = 1_000 }, quantity: 10);
        await using (await shop.HoldLineAsync(coupon))
        {
            await shop.StandInLineAsync(coupon);
            await Expect(page.Locator(".panel").Filter(new() { HasText = "Coupon lines" })).ToContainTextAsync($"#{coupon} Watched");
        }

        // Orders come until the operator sees some: a window of five seconds is soon over on a slow machine.
        var product = await shop.CreateProductAsync("Watched", price: 0, stock: 1_000);
        var user = (await shop.PostAsync("/admin/users", new { email = $"{Guid.NewGuid():N}@example.com", name = "Somebody" })).GetProperty("userId").GetInt64();
        var orders = page.Locator(".panel").Filter(new() { HasText = "Orders per second" }).Locator(".figure");
        do
        {
            await shop.PostAsync("/checkout", new { userId = user, items = new[] { new { productId = product, quantity = 1 } } });
        }
        while (await orders.InnerTextAsync() == "0");

        await operatorOfTheShop.ShootAsync("live");
        operatorOfTheShop.AssertNoFaults();
    }

    [Fact]
    public async Task Products_stock_and_coupons_are_administered()
    {
        await using var operatorOfTheShop = await Visitor.ComeAsync(chromium, shop, width: 1_400);
        var page = operatorOfTheShop.Page;
        await operatorOfTheShop.SignInAsOperatorAsync();

        await operatorOfTheShop.GoToAsync("Products and stock");
        await page.GetByLabel("Name").FillAsync("Fresh bread");
        await page.GetByLabel("Price").FillAsync("4000");
        await page.GetByLabel("Stock", new() { Exact = true }).FillAsync("5");
        await operatorOfTheShop.Button("Create").ClickAsync();
        await operatorOfTheShop.SeesAsync("Fresh bread is created.");
        await operatorOfTheShop.Button("Adjust stock of Fresh bread").ClickAsync();
        await page.GetByLabel("Change").FillAsync("-2");
        await page.GetByLabel("Reason").FillAsync("Stale");
        await operatorOfTheShop.Button("Adjust stock").Last.ClickAsync();
        await operatorOfTheShop.SeesAsync("Fresh bread has 3 in stock.");
        await operatorOfTheShop.Button("Edit Fresh bread").ClickAsync();
        await page.Locator("form.panel").GetByLabel("Status").SelectOptionAsync("STOPPED");
        await operatorOfTheShop.Button("Save").ClickAsync();
        await operatorOfTheShop.SeesAsync("Fresh bread is saved.");
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Fresh bread" })).ToContainTextAsync("Stopped");

        await operatorOfTheShop.GoToAsync("Coupons");
        await page.GetByLabel("Name").FillAsync("Bread week");
        await page.GetByLabel("Value").FillAsync("500");
        await page.GetByLabel("Quantity").FillAsync("20");
        await operatorOfTheShop.Button("Create").ClickAsync();
        await operatorOfTheShop.SeesAsync("Bread week is created.");
        await operatorOfTheShop.Button("Stop issuing Bread week").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Stop issuing" }).ClickAsync();
        await operatorOfTheShop.SeesAsync("Bread week is no longer issued.");

        await operatorOfTheShop.GoToAsync("Audit");
        await operatorOfTheShop.Button("Run the audit").ClickAsync();
        await Expect(page.GetByText("The books are consistent.")).ToBeVisibleAsync();
        operatorOfTheShop.AssertNoFaults();
    }

    [Fact]
    public async Task A_customer_is_told_that_the_page_is_for_administrators()
    {
        await using var customer = await Visitor.ComeAsync(chromium, shop);
        var email = await customer.SignUpAsync("Curious");
        await customer.Page.GotoAsync("/ops");
        await customer.Page.GetByLabel("E-mail").FillAsync(email);
        await customer.Page.GetByLabel("Password").FillAsync("correct horse");
        await customer.Button("Sign in").ClickAsync();
        await Expect(customer.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This page is for administrators.");
        await Expect(customer.Navigation).ToHaveCountAsync(0);
        customer.AssertNoFaults();
    }

    private async Task<(Guid EventId, Guid OrderId)> PlantAsync(string error)
    {
        var (eventId, orderId) = (Guid.NewGuid(), Guid.NewGuid());
        var envelope = JsonSerializer.Serialize(new { type = "order.paid", eventId, sequence = 1 });
        await shop.ExecuteAsync($"""
            insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at, status, attempts, last_error, failed_at)
            values ('{eventId}', '{orderId}', 1, 'order.paid', '{envelope}', now(), now(), 'DEAD', 12, '{error}', now())
            """);
        return (eventId, orderId);
    }

    private async Task UntilArrivedAsync(Guid eventId)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!Directory.Exists(shop.PlatformDirectory) || !Directory.EnumerateFiles(shop.PlatformDirectory).Any(file => Holds(file, eventId)))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static bool Holds(string file, Guid eventId)
    {
        using var lines = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return lines.ReadToEnd().Contains(eventId.ToString(), StringComparison.Ordinal);
    }
}
