using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>The cart shown is the cart bought, or nothing is bought, however slow the network is.</summary>
[Collection(Buying.Name)]
public sealed class CartTests(RunningShop shop, Chromium chromium)
{
    private const int Latency = 200;

    [Fact]
    public async Task A_typed_quantity_is_bought_once_the_button_says_so_and_never_before()
    {
        await using var buyer = await BuyerWithCartAsync("Typed", price: 10_000);
        await Trouble.SlowNetworkAsync(buyer.Page, Latency);
        await Expect(buyer.Button("Buy for ₩10,000")).ToBeEnabledAsync();
        var orders = 0;
        buyer.Page.Request += (_, request) =>
            orders += request.Url.EndsWith("/checkout", StringComparison.Ordinal) ? 1 : 0;

        var buy = await buyer.Button("Buy for ₩10,000").ElementHandleAsync();
        await buyer.Page.GetByLabel("Quantity of Typed").FillAsync("7");
        // At once, and whether it can be pressed or not.
        await buy.DispatchEventAsync("click");
        await Expect(buyer.Button("Saving the quantity…")).ToBeDisabledAsync();
        await Expect(buyer.Button("Buy for ₩70,000")).ToBeEnabledAsync();
        Assert.Equal(0, orders);

        await buyer.Button("Buy for ₩70,000").ClickAsync();
        await buyer.SeesAsync("Thank you! Your order is paid.");
        await Expect(buyer.Page.Locator(".order")).ToContainTextAsync("₩10,000 × 7");
        Assert.Equal(1, orders);
        buyer.AssertNoFaults();
    }

    [Fact]
    public async Task What_is_typed_while_a_quantity_is_saved_is_saved_next_and_keeps_the_focus()
    {
        await using var buyer = await BuyerWithCartAsync("Retyped", price: 1_000);
        await Trouble.SlowNetworkAsync(buyer.Page, Latency);
        var quantity = buyer.Page.GetByLabel("Quantity of Retyped");
        await quantity.FocusAsync();
        var saving = buyer.Page.WaitForRequestAsync(request => request.Method == "PUT");
        await quantity.FillAsync("2");
        await saving;
        await quantity.FillAsync("24");
        await Expect(buyer.Button("Buy for ₩24,000")).ToBeEnabledAsync();
        await Expect(quantity).ToBeFocusedAsync();
        await Expect(quantity).ToHaveValueAsync("24");
        buyer.AssertNoFaults();
    }

    [Fact]
    public async Task A_price_that_has_changed_is_told_beside_the_old_one_and_bought_by_the_next_press_alone()
    {
        await using var buyer = await BuyerWithCartAsync("Repriced", price: 10_000);
        await Expect(buyer.Button("Buy for ₩10,000")).ToBeEnabledAsync();
        await shop.ExecuteAsync("update catalog.products set price = 12000 where name = 'Repriced'");
        await buyer.Button("Buy for ₩10,000").ClickAsync();
        await Expect(buyer.Page.GetByText("The total has changed from ₩10,000 to ₩12,000.")).ToBeVisibleAsync();
        await buyer.Button("Buy for ₩12,000").ClickAsync();
        await buyer.SeesAsync("Thank you! Your order is paid.");
        await Expect(buyer.Page.Locator(".order")).ToContainTextAsync("₩12,000");
    }

    [Fact]
    public async Task A_quantity_that_can_not_be_saved_is_not_bought()
    {
        await using var buyer = await BuyerWithCartAsync("Few", price: 1_000, stock: 5);
        var quantity = buyer.Page.GetByLabel("Quantity of Few");
        await quantity.FillAsync("0");
        await Expect(buyer.Button("Please check the quantities")).ToBeDisabledAsync();
        await quantity.BlurAsync();
        await Expect(buyer.Page.GetByText("Please enter a number from 1 to 1000.")).ToBeVisibleAsync();

        // More than there is: refused, and what the shop has stays.
        await quantity.FillAsync("9");
        await Expect(buyer.Page.GetByText("Only 5 can be ordered right now.")).ToBeVisibleAsync();
        await Expect(quantity).ToHaveValueAsync("1");
        await Expect(buyer.Button("Buy for ₩1,000")).ToBeEnabledAsync();

        // Not saved for want of an answer: said, and tried again.
        var requests = await Trouble.LostRequestsAsync(buyer.Page, "/users/*/cart/items/*");
        await quantity.FillAsync("3");
        await Expect(buyer.Page.GetByText("Not saved.")).ToBeVisibleAsync();
        await Expect(buyer.Button("Please check the quantities")).ToBeDisabledAsync();
        await requests.EndAsync();
        await buyer.Button("Try again").ClickAsync();
        await Expect(buyer.Button("Buy for ₩3,000")).ToBeEnabledAsync();
        await Expect(buyer.Page.GetByText("Not saved.")).ToBeHiddenAsync();
        buyer.AssertNoFaults();
    }

    [Fact]
    public async Task A_chosen_coupon_stays_chosen_and_the_page_says_when_it_can_not_be_used()
    {
        var coupon = await shop.CreateCouponAsync("From twenty", new { type = "FIXED", value = 5_000 }, quantity: 10,
            minimumOrderAmount: 20_000);
        await using var buyer = await BuyerWithCartAsync("Couponed", price: 10_000);
        await TakeCouponAsync(buyer, "From twenty");
        await buyer.GoToAsync("Cart");
        var discount = buyer.Page.Locator(".summary").GetByText("Discount", new() { Exact = true });
        await Expect(discount).ToBeHiddenAsync();
        await Expect(buyer.Page.Locator(".summary")).Not.ToContainTextAsync("-₩0");

        var quantity = buyer.Page.GetByLabel("Quantity of Couponed");
        await quantity.FillAsync("2");
        await Expect(buyer.Button("Buy for ₩20,000")).ToBeEnabledAsync();
        await buyer.Page.GetByRole(AriaRole.Radio, new() { Name = "From twenty" }).CheckAsync();
        await Expect(buyer.Button("Buy for ₩15,000")).ToBeEnabledAsync();
        await Expect(discount).ToBeVisibleAsync();

        await quantity.FillAsync("3");
        await Expect(buyer.Button("Buy for ₩25,000")).ToBeEnabledAsync();
        var note = buyer.Page.GetByText("The coupon “From twenty” is for orders from ₩20,000, so it is not applied.");
        await Expect(note).ToBeHiddenAsync();
        await quantity.FillAsync("1");
        await Expect(buyer.Button("Buy for ₩10,000")).ToBeEnabledAsync();
        await Expect(note).ToBeVisibleAsync();
        await buyer.ShootAsync("coupon-not-applied");

        await quantity.FillAsync("2");
        await Expect(buyer.Button("Buy for ₩15,000")).ToBeEnabledAsync();
        await Expect(note).ToBeHiddenAsync();
        await buyer.Button("Buy for ₩15,000").ClickAsync();
        await buyer.SeesAsync("Thank you! Your order is paid.");
        await Expect(buyer.Page.Locator(".order")).ToContainTextAsync("₩15,000");
        Assert.Equal(1, (await shop.GetAsync($"/coupons/{coupon}")).GetProperty("issued").GetInt32());
        buyer.AssertNoFaults();
    }

    [Fact]
    public async Task A_coupon_that_takes_nothing_off_is_not_applied()
    {
        await shop.CreateCouponAsync("One percent", new { type = "PERCENT", value = 1 }, quantity: 10);
        await using var buyer = await BuyerWithCartAsync("Cheap", price: 99);
        await TakeCouponAsync(buyer, "One percent");
        await buyer.GoToAsync("Cart");
        await Expect(buyer.Page.GetByRole(AriaRole.Radio, new() { Name = "One percent" })).ToBeDisabledAsync();
        await Expect(buyer.Page.Locator(".summary")).ToContainTextAsync("The coupon takes nothing off this order.");
        await Expect(buyer.Page.Locator(".summary").GetByText("Discount", new() { Exact = true })).ToBeHiddenAsync();
        await buyer.Button("Buy for ₩99").ClickAsync();
        await buyer.SeesAsync("Thank you! Your order is paid.");
        await buyer.GoToAsync("Coupons");
        var mine = buyer.Page.GetByRole(AriaRole.Region, new() { Name = "My coupons" });
        await Expect(mine).ToContainTextAsync("Available");
        buyer.AssertNoFaults();
    }

    private static async Task TakeCouponAsync(Visitor buyer, string name)
    {
        await buyer.GoToAsync("Coupons");
        await buyer.Button($"Get it now: {name}").ClickAsync();
        await buyer.SeesAsync($"You have the coupon {name}.");
    }

    private async Task<Visitor> BuyerWithCartAsync(string product, long price, long stock = 100)
    {
        var productId = await shop.CreateProductAsync(product, price, stock);
        var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Buyer");
        await buyer.ChargeAsync(100_000);
        await buyer.Page.GotoAsync($"/#/products/{productId}");
        await buyer.Button("Add to cart").ClickAsync();
        await buyer.SeesAsync($"{product} is in your cart.");
        await buyer.GoToAsync("Cart");
        return buyer;
    }
}
