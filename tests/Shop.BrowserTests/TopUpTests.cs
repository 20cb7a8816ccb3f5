using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Buying.Name)]
public sealed class TopUpTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task A_buyer_pays_at_the_provider_and_comes_back_with_the_money_in_the_wallet()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Tops up");
        await ToProviderAsync(buyer);
        await Expect(buyer.Page.GetByText("To pay: ₩7,000")).ToBeVisibleAsync();
        await buyer.Button("Pay").ClickAsync();
        await buyer.SeesAsync("₩7,000 added to your wallet.");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩7,000");
        await buyer.Page.ReloadAsync();
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩7,000");
        buyer.AssertNoFaults();
    }

    [Fact]
    public async Task A_payment_that_is_declined_adds_nothing()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Declines");
        await ToProviderAsync(buyer);
        await buyer.Button("Decline").ClickAsync();
        await buyer.SeesAsync("The payment was declined. Nothing was added.");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩0");
    }

    private static async Task ToProviderAsync(Visitor buyer)
    {
        await buyer.GoToAsync("Wallet");
        await buyer.Page.GetByLabel("Amount").FillAsync("7000");
        await buyer.Button("Top up").ClickAsync();
    }
}
