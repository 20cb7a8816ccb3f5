using System.Text.Json;
using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Pages.Name)]
public sealed class OperatorTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task A_dead_letter_is_found_read_and_retried_and_arrives()
    {
        var (eventId, _) = await PlantAsync("The platform was down");
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Dead letters");

        var letter = page.Locator(".letter").Filter(new() { HasText = eventId.ToString() });
        await Expect(letter).ToContainTextAsync("The platform was down");
        await Expect(letter).ToContainTextAsync("data-platform");
        await letter.GetByText("Payload").ClickAsync();
        await Expect(letter.Locator("pre")).ToContainTextAsync($"\"eventId\": \"{eventId}\"");
        await visitor.ShootAsync("dead-letter");
        await letter.GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await visitor.SeesAsync("on its way again");
        await Expect(letter).ToHaveCountAsync(0);
        await UntilArrivedAsync(eventId);
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_dead_letter_is_given_up_with_a_reason()
    {
        var (eventId, orderId) = await PlantAsync("Unreadable");
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Dead letters");
        var letter = visitor.Page.Locator(".letter").Filter(new() { HasText = eventId.ToString() });
        await letter.GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        var question = visitor.Page.GetByRole(AriaRole.Dialog);
        await question.GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        // The browser wants the reason first.
        await Expect(question).ToBeVisibleAsync();
        await question.GetByLabel("Reason").FillAsync($"Known: {orderId}");
        await question.GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        await visitor.SeesAsync("is given up");
        await Expect(letter).ToHaveCountAsync(0);
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task The_first_page_shows_the_last_days_and_what_is_low_on_stock()
    {
        await shop.CreateProductAsync("Nearly gone", price: 10, stock: 0);
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 1_400);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await Expect(page.Locator(".panel").Filter(new() { HasText = "Low stock" })).ToContainTextAsync("Nearly gone");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(7);
        await page.GetByLabel("Period").SelectOptionAsync("30");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(30);
        await page.GetByLabel("Period").SelectOptionAsync("1");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(0);
        await visitor.ShootAsync("overview");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task The_live_page_shows_what_happens()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 1_400);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Live");
        var coupon = await shop.CreateCouponAsync("Watched", new { type = "FIXED", value = 1_000 }, quantity: 10);
        await using (await shop.HoldQueueAsync(coupon))
        {
            await shop.EnterQueueAsync(coupon);
            await Expect(page.Locator(".panel").Filter(new() { HasText = "Coupon lines" })).ToContainTextAsync(
                $"#{coupon} Watched");
        }

        // Orders come until the operator sees some: a window of five seconds is soon over on a slow machine.
        var product = await shop.CreateProductAsync("Watched", price: 0, stock: 1_000);
        var user =
            (await shop.PostAsync("/admin/users", new { email = $"{Guid.NewGuid():N}@example.com", name = "Somebody" }))
                .GetProperty("userId")
                .GetInt64();
        var orders = page.Locator(".panel").Filter(new() { HasText = "Orders per second" }).Locator(".figure");
        do
        {
            await shop.PostAsync(
                "/checkout", new { userId = user, items = new[] { new { productId = product, quantity = 1 } } });
        }
        while (await orders.InnerTextAsync() == "0");

        await visitor.ShootAsync("live");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Products_stock_and_coupons_are_administered()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 1_400);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();

        await visitor.GoToAsync("Products and stock");
        await page.GetByRole(AriaRole.Link, new() { Name = "New product" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Fresh bread");
        await page.GetByLabel("Price").FillAsync("4000");
        await page.GetByLabel("Stock", new() { Exact = true }).FillAsync("5");
        await visitor.Button("Create").ClickAsync();
        await visitor.SeesAsync("Fresh bread is created.");
        await page.GetByLabel("Change").FillAsync("-2");
        await page.GetByLabel("Reason").FillAsync("Stale");
        await visitor.Button("Adjust stock").ClickAsync();
        await visitor.SeesAsync("Fresh bread has 3 in stock.");
        await page.GetByLabel("Status").SelectOptionAsync("STOPPED");
        await visitor.Button("Save").ClickAsync();
        await visitor.SeesAsync("Fresh bread is saved.");
        await visitor.GoToAsync("Products and stock");
        await Expect(
            page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Fresh bread" })).ToContainTextAsync("Stopped");

        await visitor.GoToAsync("Coupons");
        await page.GetByRole(AriaRole.Link, new() { Name = "New coupon" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Bread week");
        await page.GetByLabel("Value").FillAsync("500");
        await page.GetByLabel("Quantity").FillAsync("20");
        await visitor.Button("Create").ClickAsync();
        await visitor.SeesAsync("Bread week is created.");
        await visitor.Button("Stop issuing Bread week").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Stop issuing" }).ClickAsync();
        await visitor.SeesAsync("Bread week is no longer issued.");

        await visitor.GoToAsync("Activity");
        var changed = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "ChangeProduct" }).First;
        await Expect(changed).ToContainTextAsync("Administrator");
        await Expect(changed).ToContainTextAsync("""{"status":"SELLING"}""");
        await Expect(changed).ToContainTextAsync("""{"status":"STOPPED"}""");
        await page.GetByLabel("Action").FillAsync("CreateCoupon");
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "ChangeProduct" })).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Bread week" })).ToHaveCountAsync(1);

        await visitor.GoToAsync("Audit");
        await visitor.Button("Run the audit").ClickAsync();
        await Expect(page.GetByText("The books are consistent.")).ToBeVisibleAsync();
        visitor.AssertNoFaults();
    }

    [Theory]
    [InlineData("FINANCE", "Overview,Orders,Customers,Activity")]
    [InlineData("OPERATOR", "Overview,Orders,Live,Dead letters,Webhooks,Audit,Activity")]
    [InlineData("CATALOG_MANAGER", "Overview,Orders,Products and stock")]
    public async Task Staff_open_the_pages_of_their_permissions(string role, string pages)
    {
        var email = await shop.MakeStaffAsync(role, "correct horse");
        await using var staff = await Visitor.ComeAsync(chromium, shop);
        await staff.SignInAsStaffAsync(email, "correct horse");
        await Expect(staff.Navigation.GetByRole(AriaRole.Link)).ToHaveTextAsync(pages.Split(','));
        foreach (var page in pages.Split(','))
            await staff.GoToAsync(page);
        if (pages.EndsWith("Activity", StringComparison.Ordinal))
            await Expect(staff.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "ChangeUser" }).First)
                .ToContainTextAsync(role);
        await Expect(staff.Page.Locator("main").GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        staff.AssertNoFaults();
    }

    [Fact]
    public async Task A_customer_is_told_that_the_page_is_for_staff()
    {
        await using var customer = await Visitor.ComeAsync(chromium, shop);
        await customer.SignUpAsync("Curious");
        await customer.Page.GotoAsync("/ops");
        await Expect(customer.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This page is for staff.");
        await Expect(customer.Navigation).ToHaveCountAsync(0);
        customer.AssertNoFaults();
    }

    private async Task<(Guid EventId, Guid OrderId)> PlantAsync(string error)
    {
        var (eventId, orderId) = (Guid.NewGuid(), Guid.NewGuid());
        var envelope = JsonSerializer.Serialize(new { type = "order.paid", eventId, sequence = 1 });
        await shop.ExecuteAsync($"""
            insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at,
                next_attempt_at, status, attempts, last_error, failed_at)
            values ('{eventId}', '{orderId}', 1, 'order.paid', '{envelope}', now(), now(), 'DEAD', 12, '{error}', now())
            """);
        return (eventId, orderId);
    }

    private async Task UntilArrivedAsync(Guid eventId)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!Directory.Exists(shop.PlatformDirectory)
            || !Directory.EnumerateFiles(shop.PlatformDirectory).Any(file => Holds(file, eventId)))
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static bool Holds(string file, Guid eventId)
    {
        using var lines = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return lines.ReadToEnd().Contains(eventId.ToString(), StringComparison.Ordinal);
    }
}
