using System.Text.RegularExpressions;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Buying.Name)]
public sealed class TopUpTests(RunningShop shop, Chromium chromium)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

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
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_payment_that_is_declined_adds_nothing()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Declines");
        await ToProviderAsync(buyer);
        await buyer.Button("Decline").ClickAsync();
        await buyer.SeesAsync("The payment was declined. Nothing was added.");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩0");
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task Coming_back_to_an_ended_session_tops_up_after_the_sign_in()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        var email = await buyer.SignUpAsync("Was away");
        await ToProviderAsync(buyer);
        await Expect(buyer.Page.GetByText("To pay: ₩7,000")).ToBeVisibleAsync();
        var userId = await buyer.Page.EvaluateAsync<long>(
            "() => JSON.parse(localStorage.getItem('shop.session')).userId");
        await shop.ExecuteAsync($"delete from identity.sessions where user_id = {userId}");
        await buyer.Button("Pay").ClickAsync();
        await buyer.Page.GetByLabel("E-mail").FillAsync(email);
        await buyer.Page.GetByLabel("Password").FillAsync("correct horse");
        await buyer.Button("Sign in").ClickAsync();
        await buyer.SeesAsync("₩7,000 added to your wallet.");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩7,000");
        await Expect(buyer.Page).ToHaveURLAsync(new Regex("#/wallet$", RegexOptions.None, Second));
        buyer.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_confirm_that_is_not_answered_is_repeated_by_a_reload()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Reloads");
        await ToProviderAsync(buyer);
        var lost = await Trouble.LostRequestsAsync(buyer.Page, "/top-ups/*/confirm");
        await buyer.Button("Pay").ClickAsync();
        await buyer.SeesAsync("The shop can't be reached.");
        await lost.EndAsync();
        await buyer.Page.ReloadAsync();
        await buyer.SeesAsync("₩7,000 added to your wallet.");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩7,000");
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_top_up_needs_no_secure_origin()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.Page.Context.AddInitScriptAsync(
            "Object.defineProperty(Crypto.prototype, 'randomUUID', { value: undefined });");
        await buyer.SignUpAsync("Plain");
        await ToProviderAsync(buyer);
        await buyer.Button("Pay").ClickAsync();
        await buyer.SeesAsync("₩7,000 added to your wallet.");
        buyer.AssertNoFaults();
    }

    private static async Task ToProviderAsync(Visitor buyer)
    {
        await buyer.GoToAsync("Wallet");
        await buyer.Page.GetByLabel("Amount").FillAsync("7000");
        await buyer.Button("Top up").ClickAsync();
    }
}
