using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Pages.Name)]
[Trait(Slice.Name, Slice.Full)]
public sealed class CustomerDeskTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task A_customer_is_found_by_email_paid_back_and_given_a_new_password()
    {
        var (email, _) = await RegisterAsync("Wronged");
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Customers");
        await page.GetByLabel("Search by e-mail").FillAsync(email);
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Link, new() { Name = "Wronged" }).ClickAsync();
        var wallet = page.Locator("#wallet");
        await wallet.GetByLabel("Change").FillAsync("2500");
        await wallet.GetByLabel("Reason").FillAsync("Sorry");
        await visitor.Button("Adjust the balance").ClickAsync();
        await visitor.SeesAsync("The balance is now ₩2,500.");
        await wallet.GetByText("History").ClickAsync();
        await Expect(wallet.GetByRole(AriaRole.Row).Last).ToContainTextAsync("Sorry");
        await visitor.ShootAsync("customer");

        await visitor.Button("Reset password").ClickAsync();
        var token = await page.Locator("dialog .secret").InputValueAsync();
        await page.Keyboard.PressAsync("Escape");
        await visitor.Button("It is kept").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await shop.PostAnonymouslyAsync("/password-resets", new { token, newPassword = "another horse" });
        await shop.PostAnonymouslyAsync("/sessions", new { email, password = "another horse" });
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_top_up_that_failed_is_seen_at_its_customer()
    {
        var (_, userId) = await RegisterAsync("Declined");
        var topUp = await shop.PostAsync($"/users/{userId}/top-ups", new { amount = 7_000 });
        var orderId = topUp.GetProperty("topUpId").GetString();
        var paid = await shop.PostAsync("/fake-payments", new { orderId, amount = 7_000, approve = false });
        var providerPaymentId = paid.GetProperty("providerPaymentId").GetString();
        await shop.PostAsync($"/top-ups/{orderId}/confirm", new { providerPaymentId });
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignInAsOperatorAsync();
        await visitor.Page.GotoAsync($"/ops/#/customers/{userId}");
        await visitor.Page.GetByText("Top-ups", new() { Exact = true }).ClickAsync();
        var row = visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Top-ups" }).Locator("tbody tr");
        await Expect(row).ToContainTextAsync("₩7,000");
        await Expect(row.Locator(".badge")).ToHaveTextAsync("Failed");
        await visitor.AssertAccessibleAsync();
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Sessions_are_ended_a_coupon_is_taken_back_and_a_role_is_given()
    {
        var (email, userId) = await RegisterAsync("Many devices");
        await shop.PostAnonymouslyAsync("/sessions", new { email, password = "correct horse" });
        await shop.PostAnonymouslyAsync("/sessions", new { email, password = "correct horse" });
        var coupon = await shop.CreateCouponAsync("Mistaken", new { type = "FIXED", value = 1_000 }, quantity: 5);
        await shop.PostAsync($"/coupons/{coupon}/issue", new { userId });
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var page = visitor.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await visitor.SignInAsOperatorAsync();
        await page.GotoAsync($"/ops/#/customers/{userId}");
        var sessions = page.Locator("#sessions");
        await Expect(sessions.Locator("tbody tr")).ToHaveCountAsync(2);
        await sessions.Locator("tbody tr").First.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(sessions.Locator("tbody tr")).ToHaveCountAsync(1);
        await visitor.Button("End all sessions").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "End all sessions" }).ClickAsync();
        await Expect(sessions).ToContainTextAsync("Not signed in anywhere.");

        await visitor.Button("Take back Mistaken").ClickAsync();
        await dialog.GetByLabel("Reason").FillAsync("Wrong customer");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Take back" }).ClickAsync();
        await visitor.SeesAsync("Mistaken is taken back.");
        await Expect(page.Locator("#coupons")).ToContainTextAsync("Taken back");

        await page.GetByLabel("Role").SelectOptionAsync("SUPPORT");
        await visitor.Button("Save").ClickAsync();
        await visitor.SeesAsync("Many devices is saved.");
        Assert.Equal("SUPPORT", (await shop.GetAsync($"/users/{userId}")).GetProperty("role").GetString());
        await Expect(page.Locator("#activity")).ToContainTextAsync("ChangeUser");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Support_sees_a_customer_and_nothing_that_it_may_not_do()
    {
        var (_, userId) = await RegisterAsync("Asks");
        var email = await shop.MakeStaffAsync("SUPPORT", "correct horse");
        await using var staff = await Visitor.ComeAsync(chromium, shop);
        await staff.SignInAsStaffAsync(email, "correct horse");
        await Expect(staff.Page.Locator("#pages a")).ToHaveTextAsync(["Overview", "Orders", "Customers"]);
        await staff.Page.GotoAsync($"/ops/#/customers/{userId}");
        await Expect(staff.Page.Locator("main section h2")).ToHaveTextAsync(["Wallet", "Orders", "Coupons"]);
        foreach (var button in (string[])["Reset password", "Adjust the balance", "End all sessions", "Save"])
            await Expect(staff.Button(button)).ToHaveCountAsync(0);
        await Expect(staff.Page.Locator("main").GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        staff.AssertNoFaults();
    }

    private async Task<(string Email, long UserId)> RegisterAsync(string name)
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = await shop.PostAsync("/users", new { email, password = "correct horse", name });
        return (email, user.GetProperty("userId").GetInt64());
    }
}
