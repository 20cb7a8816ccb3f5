using System.Text.Json;
using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>
/// A request whose answer is lost: the page says what is known, and nothing is done twice or said falsely.
/// </summary>
[Collection(Buying.Name)]
public sealed class LostAnswerTests(RunningShop shop, Chromium chromium)
{
    // The page's question about a key's outcome.
    private const string Question = "/orders/00000000-0000-0000-0000-000000000000/cancel";

    [Fact]
    public async Task A_lost_checkout_is_told_and_the_next_different_one_is_made()
    {
        await using var buyer = await BuyerAsync("Lost once", balance: 100_000);
        await FillCartAsync(buyer, "First of two", 10_000);
        var answers = await Trouble.LostAnswersAsync(buyer.Page, "/checkout");
        var questions = await Trouble.LostRequestsAsync(buyer.Page, Question);
        await BuyAsync(buyer, "₩10,000");
        await Expect(Earlier(buyer)).ToContainTextAsync("it is not known yet whether this happened");
        Assert.Single(answers.Keys.Distinct());

        // The first order has emptied the cart: the next items are the second.
        await FillCartAsync(buyer, "Second of two", 25_000);
        await answers.EndAsync();
        await questions.EndAsync();
        await BuyAsync(buyer, "₩25,000");
        await buyer.SeesAsync("Thank you! Your order is paid.");
        await Expect(Earlier(buyer)).ToContainTextAsync(
            "Your earlier order (First of two × 1, ₩10,000) was placed and paid.");

        await Expect(buyer.Page.Locator(".order")).ToHaveCountAsync(2);
        await Expect(buyer.Page.Locator(".order").First).ToContainTextAsync("Second of two");
        await buyer.Page.GetByRole(AriaRole.Link, new() { Name = "See the order" }).ClickAsync();
        await Expect(buyer.Page.Locator(".order.new")).ToContainTextAsync("First of two");
        Assert.Equal(65_000, await BalanceAsync(buyer));
        await AssertNothingIsKeptAsync(buyer);
        buyer.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_lost_checkout_that_never_arrived_is_not_made_with_the_next_cart()
    {
        await using var buyer = await BuyerAsync("Never arrived", balance: 100_000);
        await FillCartAsync(buyer, "Never ordered", 10_000);
        var requests = await Trouble.LostRequestsAsync(buyer.Page, "/checkout");
        var questions = await Trouble.LostRequestsAsync(buyer.Page, Question);
        await BuyAsync(buyer, "₩10,000");
        await Expect(Earlier(buyer)).ToContainTextAsync("it is not known yet");

        await buyer.Page.GetByLabel("Quantity of Never ordered").FillAsync("3");
        await Expect(buyer.Button("Buy for ₩30,000")).ToBeEnabledAsync();
        await requests.EndAsync();
        await questions.EndAsync();
        await buyer.Button("Buy for ₩30,000").ClickAsync();
        await buyer.SeesAsync("Thank you! Your order is paid.");
        await Expect(Earlier(buyer)).ToContainTextAsync(
            "(Never ordered × 1, ₩10,000) was not placed. Nothing was paid.");
        await Expect(buyer.Page.Locator(".order")).ToHaveCountAsync(1);
        Assert.Equal(70_000, await BalanceAsync(buyer));
        buyer.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task Nothing_new_is_bought_while_the_earlier_order_is_unknown()
    {
        await using var buyer = await BuyerAsync("Cut off", balance: 100_000);
        await FillCartAsync(buyer, "Unknown", 10_000);
        await Trouble.LostRequestsAsync(buyer.Page, "/checkout");
        await Trouble.LostRequestsAsync(buyer.Page, Question);
        await BuyAsync(buyer, "₩10,000");
        await Expect(Earlier(buyer)).ToContainTextAsync("it is not known yet");
        await buyer.Page.GetByLabel("Quantity of Unknown").FillAsync("2");
        await BuyAsync(buyer, "₩20,000", goToCart: false);
        var first = buyer.Page.GetByText("First it has to be known what became of your earlier request.");
        await Expect(first).ToBeVisibleAsync();
        Assert.Equal(100_000, await BalanceAsync(buyer));
        buyer.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_503_at_the_deadline_is_said_to_be_unknown_and_asked_about_again()
    {
        await using var buyer = await BuyerAsync("Deadline", balance: 100_000);
        await FillCartAsync(buyer, "Late", 10_000);
        var deadlines = await Trouble.DeadlinesAsync(buyer.Page, "/checkout");
        var questions = await Trouble.DeadlinesAsync(buyer.Page, Question);
        await BuyAsync(buyer, "₩10,000");
        await Expect(Earlier(buyer)).ToContainTextAsync("it is not known yet");
        await buyer.Button("Ask again").ClickAsync();
        await buyer.SeesAsync("It is still not known.");
        await buyer.ShootAsync("not-known");
        await deadlines.EndAsync();
        await questions.EndAsync();
        await buyer.Button("Ask again").ClickAsync();
        await Expect(Earlier(buyer)).ToContainTextAsync("Your earlier order (Late × 1, ₩10,000) was placed and paid.");
        await Expect(buyer.Page.GetByRole(AriaRole.Link, new() { Name = "See the order" })).ToBeFocusedAsync();
        // A known outcome is not said to be unknown any more.
        await Expect(buyer.Notice).ToHaveCountAsync(0);
        Assert.Equal(90_000, await BalanceAsync(buyer));
        buyer.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task The_same_order_pressed_again_carries_the_same_key_and_is_made_once()
    {
        await using var buyer = await BuyerAsync("Pressed again", balance: 100_000);
        await FillCartAsync(buyer, "Once", 10_000);
        // The cart that the page shows is the one from before the order: it can't be loaded.
        await buyer.GoToAsync("Cart");
        var cart = await Trouble.LostRequestsAsync(buyer.Page, "/users/*/cart");
        var questions = await Trouble.LostRequestsAsync(buyer.Page, Question);
        var lost = await Trouble.LostAnswersAsync(buyer.Page, "/checkout");
        await BuyAsync(buyer, "₩10,000", goToCart: false);
        await Expect(Earlier(buyer)).ToContainTextAsync("it is not known yet");
        await lost.EndAsync();
        var repeated = await Trouble.NoneAsync(buyer.Page, "/checkout");
        await BuyAsync(buyer, "₩10,000", goToCart: false);
        await buyer.SeesAsync("This order was placed and paid before. Nothing new was paid.");
        await Expect(buyer.Page.Locator(".order")).ToHaveCountAsync(1);
        Assert.Equal(lost.Keys.Distinct(), repeated.Keys);
        Assert.Equal(90_000, await BalanceAsync(buyer));

        // A purchase after that is another intent.
        await cart.EndAsync();
        await questions.EndAsync();
        await FillCartAsync(buyer, "Twice", 10_000);
        await BuyAsync(buyer, "₩10,000");
        await buyer.SeesAsync("Thank you! Your order is paid.");
        Assert.Equal(2, repeated.Keys.Distinct().Count());
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task What_became_of_a_lost_order_is_told_after_a_reload()
    {
        await using var buyer = await BuyerAsync("Reloads", balance: 100_000);
        await FillCartAsync(buyer, "Reloaded", 10_000);
        var answers = await Trouble.LostAnswersAsync(buyer.Page, "/checkout");
        await BuyAsync(buyer, "₩10,000");
        await Expect(Earlier(buyer)).ToContainTextAsync("it is not known yet");
        await answers.EndAsync();
        // Before the question is answered, and after.
        await buyer.Page.ReloadAsync();
        await Expect(Earlier(buyer)).ToContainTextAsync(
            "Your earlier order (Reloaded × 1, ₩10,000) was placed and paid.");
        await buyer.Page.ReloadAsync();
        await Expect(Earlier(buyer)).ToContainTextAsync(
            "Your earlier order (Reloaded × 1, ₩10,000) was placed and paid.");
        await buyer.Button("Close").ClickAsync();
        await Expect(Earlier(buyer)).ToBeHiddenAsync();
        buyer.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task An_intent_outlives_a_sign_out_and_is_never_another_users()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        var email = await buyer.SignUpAsync("Owner");
        await buyer.ChargeAsync(100_000);
        await FillCartAsync(buyer, "Not yours", 10_000);
        var answers = await Trouble.LostAnswersAsync(buyer.Page, "/checkout");
        await BuyAsync(buyer, "₩10,000");
        await Expect(Earlier(buyer)).ToContainTextAsync("Not yours");
        await buyer.Button("Sign out").ClickAsync();
        await buyer.SeesAsync("You are signed out.");
        await Expect(Earlier(buyer)).ToBeHiddenAsync();
        await answers.EndAsync();

        await buyer.SignUpAsync("Somebody else");
        await buyer.ChargeAsync(100_000);
        await FillCartAsync(buyer, "Mine", 20_000);
        var keys = await Trouble.NoneAsync(buyer.Page, "/checkout");
        await BuyAsync(buyer, "₩20,000");
        await buyer.SeesAsync("Thank you! Your order is paid.");
        await Expect(Earlier(buyer)).ToBeHiddenAsync();
        Assert.Empty(keys.Keys.Intersect(answers.Keys));

        await buyer.Button("Sign out").ClickAsync();
        await buyer.SeesAsync("You are signed out.");
        await buyer.Page.GotoAsync("/#/sign-in");
        await buyer.Page.GetByLabel("E-mail").FillAsync(email);
        await buyer.Page.GetByLabel("Password").FillAsync("correct horse");
        await buyer.Page.Locator("form button").ClickAsync();
        await Expect(Earlier(buyer)).ToContainTextAsync(
            "Your earlier order (Not yours × 1, ₩10,000) was placed and paid.");
        await AssertNothingIsKeptAsync(buyer);
        buyer.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_key_of_yesterday_is_not_used()
    {
        await using var buyer = await BuyerAsync("Yesterday", balance: 100_000);
        await FillCartAsync(buyer, "Old", 10_000);
        var requests = await Trouble.LostRequestsAsync(buyer.Page, "/checkout");
        var questions = await Trouble.LostRequestsAsync(buyer.Page, Question);
        await BuyAsync(buyer, "₩10,000");
        await Expect(Earlier(buyer)).ToContainTextAsync("it is not known yet");
        await requests.EndAsync();
        await questions.EndAsync();
        await buyer.Page.EvaluateAsync("""
            () => {
                const intents = JSON.parse(sessionStorage.getItem('shop.intents'));
                for (const intent of intents) intent.at -= 24 * 60 * 60 * 1000;
                sessionStorage.setItem('shop.intents', JSON.stringify(intents));
            }
            """);
        var keys = await Trouble.NoneAsync(buyer.Page, "/checkout");
        await buyer.Page.ReloadAsync();
        await Expect(Earlier(buyer)).ToContainTextAsync("a day has passed");
        await BuyAsync(buyer, "₩10,000");
        await buyer.SeesAsync("Thank you! Your order is paid.");
        Assert.Empty(keys.Keys.Intersect(requests.Keys));
        buyer.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_key_that_was_used_for_something_else_is_no_success()
    {
        await using var buyer = await BuyerAsync("Reused", balance: 100_000);
        await FillCartAsync(buyer, "Reused", 10_000);
        var errors = await Trouble.ErrorsAsync(buyer.Page, "/checkout", 422, "idempotency.key_reused");
        await BuyAsync(buyer, "₩10,000");
        await Expect(buyer.Page.GetByText("This was not done.")).ToBeVisibleAsync();
        await Expect(buyer.Notice.Filter(new() { HasText = "Thank you" })).ToHaveCountAsync(0);
        await AssertNothingIsKeptAsync(buyer);
        await errors.EndAsync();
        var keys = await Trouble.NoneAsync(buyer.Page, "/checkout");
        await BuyAsync(buyer, "₩10,000");
        await buyer.SeesAsync("Thank you! Your order is paid.");
        Assert.Empty(keys.Keys.Intersect(errors.Keys));
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task Two_tabs_with_the_same_lost_order_make_one_order()
    {
        await using var buyer = await BuyerAsync("Two tabs", balance: 100_000);
        await FillCartAsync(buyer, "Shared", 10_000);
        var answers = await Trouble.LostAnswersAsync(buyer.Page, "/checkout");
        await BuyAsync(buyer, "₩10,000");
        await Expect(Earlier(buyer)).ToContainTextAsync("it is not known yet");

        // As a browser does where a tab is duplicated.
        var stored = await buyer.Page.EvaluateAsync<Dictionary<string, string>>("() => ({ ...sessionStorage })");
        var other = await buyer.Page.Context.NewPageAsync();
        await other.AddInitScriptAsync($$"""
            for (const [name, value] of Object.entries({{JsonSerializer.Serialize(stored)}}))
                sessionStorage.setItem(name, value);
            """);
        await other.GotoAsync("/#/orders");
        await Expect(other.Locator("#earlier")).ToContainTextAsync("was placed and paid");
        await answers.EndAsync();
        await buyer.Page.ReloadAsync();
        await Expect(Earlier(buyer)).ToContainTextAsync("was placed and paid");
        await Expect(other.Locator(".order")).ToHaveCountAsync(1);
        Assert.Equal(90_000, await BalanceAsync(buyer));
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_lost_charge_is_told_and_a_different_one_is_made()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Charges");
        var answers = await Trouble.LostAnswersAsync(buyer.Page, "/users/*/balance/charges");
        await ChargeAsync(buyer, 10_000);
        await Expect(Earlier(buyer)).ToContainTextAsync("Your earlier charge of ₩10,000: no answer came");
        await answers.EndAsync();
        await ChargeAsync(buyer, 20_000);
        await buyer.SeesAsync("₩20,000 added to your wallet.");
        await Expect(Earlier(buyer)).ToContainTextAsync("Your earlier charge of ₩10,000 went through.");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩30,000");
        buyer.AssertNoFaults();
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_lost_charge_that_never_arrived_is_not_added_to_a_different_one()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Changes their mind");
        var requests = await Trouble.LostRequestsAsync(buyer.Page, "/users/*/balance/charges");
        await ChargeAsync(buyer, 10_000);
        await Expect(Earlier(buyer)).ToContainTextAsync("Your earlier charge of ₩10,000: no answer came");
        await requests.EndAsync();
        await ChargeAsync(buyer, 20_000);
        await buyer.SeesAsync("₩20,000 added to your wallet.");
        await Expect(Earlier(buyer)).ToContainTextAsync("Your earlier charge of ₩10,000 did not happen.");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩20,000");
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task The_same_charge_pressed_again_is_made_once_and_a_third_is_another()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Impatient");
        var answers = await Trouble.LostAnswersAsync(buyer.Page, "/users/*/balance/charges");
        await ChargeAsync(buyer, 10_000);
        await Expect(Earlier(buyer)).ToContainTextAsync("no answer came");
        await answers.EndAsync();
        await ChargeAsync(buyer, 10_000);
        await buyer.SeesAsync("₩10,000 had been added before. Nothing new was charged.");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩10,000");
        await ChargeAsync(buyer, 10_000);
        await buyer.SeesAsync("₩10,000 added to your wallet.");
        await Expect(buyer.Page.Locator("#balance")).ToHaveTextAsync("₩20,000");
    }

    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task A_lost_adjustment_of_stock_is_told_and_the_next_one_is_made()
    {
        var product = await shop.CreateProductAsync("Counted twice", price: 1_000, stock: 5);
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 1_400);
        await visitor.SignInAsOperatorAsync();
        await visitor.GoToAsync("Products and stock");
        await visitor.Page.GetByLabel("Search products").FillAsync("Counted twice");
        var answers = await Trouble.LostAnswersAsync(visitor.Page, $"/admin/products/{product}/stock-adjustments");
        await AdjustAsync(visitor, "10");
        await Expect(Earlier(visitor)).ToContainTextAsync("Adjusting the stock of Counted twice by 10: no answer came");
        await answers.EndAsync();
        await visitor.Page.GetByLabel("Change").FillAsync("3");
        await visitor.Button("Adjust stock").ClickAsync();
        await visitor.SeesAsync("Counted twice has 18 in stock.");
        await Expect(Earlier(visitor)).ToContainTextAsync("Adjusting the stock of Counted twice by 10 went through.");
        Assert.Equal(18, (await shop.GetAsync($"/products/{product}")).GetProperty("stock").GetInt64());
        visitor.AssertNoFaults();
    }

    private static ILocator Earlier(Visitor visitor) => visitor.Page.Locator("#earlier");

    private async Task<Visitor> BuyerAsync(string name, long balance)
    {
        var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync(name);
        await buyer.ChargeAsync(balance);
        return buyer;
    }

    private async Task FillCartAsync(Visitor buyer, string product, long price)
    {
        var productId = await shop.CreateProductAsync(product, price, stock: 100);
        await buyer.Page.GotoAsync($"/#/products/{productId}");
        await buyer.Button("Add to cart").ClickAsync();
        await buyer.SeesAsync($"{product} is in your cart.");
    }

    private static async Task BuyAsync(Visitor buyer, string total, bool goToCart = true)
    {
        if (goToCart)
            await buyer.GoToAsync("Cart");
        await buyer.Button($"Buy for {total}").ClickAsync();
    }

    private static async Task ChargeAsync(Visitor buyer, long amount)
    {
        if (!await buyer.Page.GetByLabel("Amount").IsVisibleAsync())
            await buyer.GoToAsync("Wallet");
        await buyer.Page.GetByLabel("Amount").FillAsync($"{amount}");
        await buyer.Button("Charge").ClickAsync();
    }

    private static async Task AdjustAsync(Visitor visitor, string delta)
    {
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Adjust stock of Counted twice" }).ClickAsync();
        await visitor.Page.GetByLabel("Change").FillAsync(delta);
        await visitor.Page.GetByLabel("Reason").FillAsync("Counted");
        await visitor.Button("Adjust stock").ClickAsync();
    }

    private async Task<long> BalanceAsync(Visitor buyer)
    {
        var session = await buyer.Page.EvaluateAsync<string>("() => localStorage.getItem('shop.session')");
        var userId = JsonElement.Parse(session).GetProperty("userId").GetInt64();
        return (await shop.GetAsync($"/users/{userId}/balance")).GetProperty("balance").GetInt64();
    }

    private static async Task AssertNothingIsKeptAsync(Visitor visitor) =>
        Assert.Null(await visitor.Page.EvaluateAsync<string?>("() => sessionStorage.getItem('shop.intents')"));
}
