using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Pages.Name)]
public sealed class OrderDeskTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task One_piece_of_an_order_is_refunded()
    {
        var order = await BuyAsync("Bowl", quantity: 3);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Orders");
        await page.GetByLabel("Order id").FillAsync($"Order {order.Id}, please");
        await visitor.Button("Find").ClickAsync();
        await visitor.Button("One more Bowl").ClickAsync();
        await page.GetByLabel("Reason").FillAsync("Damaged");
        await visitor.ShootAsync("refund");
        await visitor.Button("Refund ₩1,000").ClickAsync();
        await visitor.SeesAsync("₩1,000 is back in the wallet.");
        await Expect(page.GetByText("2 can be refunded")).ToBeVisibleAsync();
        await Expect(page.Locator(".timeline")).ToContainTextAsync("₩1,000 refunded");
        await Expect(page.Locator(".timeline")).ToContainTextAsync("Bowl × 1 · Damaged");
        Assert.Equal(1_000, (await shop.GetAsync($"/orders/{order.Id}")).GetProperty("refundedAmount").GetInt64());
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task An_order_is_sent_and_what_is_left_of_it_is_refunded()
    {
        var order = await BuyAsync("Plate", quantity: 2);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var dialog = visitor.Page.GetByRole(AriaRole.Dialog);
        await visitor.SignInAsOperatorAsync();
        await visitor.Page.GotoAsync($"/ops/#/orders/{order.Id}");
        await visitor.Button("Mark as sent").ClickAsync();
        await dialog.GetByLabel("Parcel number").FillAsync("CJ 1234");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Mark as sent" }).ClickAsync();
        await visitor.SeesAsync("The order is marked as sent.");
        await Expect(visitor.Page.Locator(".timeline")).ToContainTextAsync("CJ 1234");
        await Expect(visitor.Button("Mark as sent")).ToHaveCountAsync(0);
        await visitor.Button("Refund the rest").ClickAsync();
        await dialog.GetByLabel("Reason").FillAsync("Lost");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Refund the rest" }).ClickAsync();
        await visitor.SeesAsync("The order is cancelled and refunded.");
        await Expect(visitor.Page.Locator(".timeline")).ToContainTextAsync("Refunded in full");
        await Expect(visitor.Page.Locator("#refund")).ToHaveCountAsync(0);
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task Filters_of_orders_are_in_the_address_and_Back_finds_them()
    {
        var order = await BuyAsync("Cup", quantity: 1);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var rows = visitor.Page.Locator("tbody tr");
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Orders");
        await visitor.Page.GetByLabel("Customer number").FillAsync($"{order.UserId}");
        await Expect(rows).ToHaveCountAsync(1);
        await visitor.Page.GetByLabel("Status").SelectOptionAsync("EXPIRED");
        await Expect(visitor.Page.GetByText("No orders found.")).ToBeVisibleAsync();
        await visitor.Page.GetByLabel("Status").SelectOptionAsync("PAID");
        await rows.GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(visitor.Page.Locator(".timeline")).ToBeVisibleAsync();
        await visitor.Page.GoBackAsync();
        await Expect(visitor.Page.GetByLabel("Customer number")).ToHaveValueAsync($"{order.UserId}");
        await Expect(visitor.Page.GetByLabel("Status")).ToHaveValueAsync("PAID");
        await Expect(rows).ToHaveCountAsync(1);
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task Orders_are_downloaded_as_CSV()
    {
        var order = await BuyAsync("Jar", quantity: 1);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Orders");
        await visitor.Button("Orders as CSV").ClickAsync();
        var download = await visitor.Page.RunAndWaitForDownloadAsync(() => visitor.Page.GetByRole(AriaRole.Dialog)
            .GetByRole(AriaRole.Button, new() { Name = "Download CSV" }).ClickAsync());
        Assert.StartsWith("orders-", download.SuggestedFilename, StringComparison.Ordinal);
        Assert.Contains(order.Id, await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task The_keyboard_alone_is_enough_to_refund_a_piece()
    {
        var order = await BuyAsync("Spoon", quantity: 2);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Orders");
        await TabToAsync(page, page.GetByLabel("Order id"));
        await page.Keyboard.TypeAsync(order.Id);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main h1")).ToContainTextAsync("Order ");
        await Expect(page.Locator("main h1")).ToBeFocusedAsync();
        await TabToAsync(page, visitor.Button("One more Spoon"));
        await page.Keyboard.PressAsync("Enter");
        await TabToAsync(page, page.GetByLabel("Reason"));
        await page.Keyboard.TypeAsync("Bent");
        await TabToAsync(page, visitor.Button("Refund ₩1,000"));
        await page.Keyboard.PressAsync("Enter");
        await visitor.SeesAsync("₩1,000 is back in the wallet.");
        visitor.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task The_day_of_an_overview_leads_to_its_orders()
    {
        await BuyAsync("Fork", quantity: 1);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignInAsOperatorAsync();
        await visitor.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(visitor.Page.Locator("main h1")).ToHaveTextAsync("Orders");
        await Expect(visitor.Page.Locator("tbody")).ToContainTextAsync("Fork × 1");
        visitor.AssertNoFaults();
    }

    private static async Task TabToAsync(IPage page, ILocator wanted)
    {
        const int Most = 60;
        for (var presses = 0; presses < Most; presses++)
        {
            if (await wanted.EvaluateAsync<bool>("element => element === document.activeElement"))
                return;
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"{wanted} is not to be had by the keyboard.");
    }

    private async Task<(string Id, long UserId)> BuyAsync(string product, int quantity)
    {
        var productId = await shop.CreateProductAsync(product, price: 1_000, stock: 10);
        var email = $"{Guid.NewGuid():N}@example.com";
        var userId = (await shop.PostAsync("/admin/users", new { email, name = "Buyer" }))
            .GetProperty("userId").GetInt64();
        await shop.PostAsync($"/users/{userId}/balance/charges", new { amount = 10_000 });
        var bought = await shop.PostAsync("/checkout", new { userId, items = new[] { new { productId, quantity } } });
        return (bought.GetProperty("order").GetProperty("orderId").GetString()!, userId);
    }
}
