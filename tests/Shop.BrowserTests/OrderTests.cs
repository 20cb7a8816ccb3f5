using System.Globalization;
using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>Orders can be paid in time, and placed again: refused lines are named, and the others come along.</summary>
[Collection(Buying.Name)]
public sealed class OrderTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task An_order_placed_again_leaves_out_what_is_refused_alone()
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Again");
        long[] products =
        [
            await shop.CreateProductAsync("Gone lamp", price: 1_000, stock: 9),
            await shop.CreateProductAsync("Gone desk", price: 1_000, stock: 9),
            await shop.CreateProductAsync("Still here", price: 1_000, stock: 9),
        ];
        var order = await PlaceAsync(buyer, products);
        foreach (var product in products[..2])
            await shop.PatchAsync($"/admin/products/{product}", new { status = "STOPPED" });
        await shop.PostAsync($"/orders/{order}/cancel", new { });

        await buyer.Page.GotoAsync($"/#/orders/{order}");
        await buyer.Button("Order again").ClickAsync();
        await Expect(buyer.Page.Locator("main h1")).ToHaveTextAsync("Cart");
        await Expect(buyer.Page.Locator(".lines li")).ToHaveCountAsync(1);
        await Expect(buyer.Page.Locator(".lines")).ToContainTextAsync("Still here");
        await buyer.SeesAsync("Gone lamp and Gone desk could not be put into your cart.");
        buyer.AssertNoFaults();
    }

    [Fact]
    public async Task All_lines_of_a_guests_cart_that_are_refused_at_the_sign_in_are_named()
    {
        await using var guest = await Visitor.ComeAsync(chromium, shop);
        var products = new Dictionary<string, long>();
        foreach (var name in (string[])["Lost cup", "Lost bowl", "Kept jar"])
        {
            products[name] = await shop.CreateProductAsync(name, price: 1_000, stock: 9);
            await guest.Page.GotoAsync($"/#/products/{products[name]}");
            await Expect(guest.Page.Locator("main h1")).ToHaveTextAsync(name);
            await guest.Button("Add to cart").ClickAsync();
            await guest.SeesAsync($"{name} is in your cart.");
        }

        foreach (var name in (string[])["Lost cup", "Lost bowl"])
            await shop.PatchAsync($"/admin/products/{products[name]}", new { status = "STOPPED" });
        await guest.Page.GotoAsync("/#/sign-up?then=/cart");
        await guest.Page.GetByLabel("Name").FillAsync("Guest");
        await guest.Page.GetByLabel("E-mail").FillAsync($"{Guid.NewGuid():N}@example.com");
        await guest.Page.GetByLabel("Password").FillAsync("correct horse");
        await guest.Button("Sign up").ClickAsync();
        await guest.SeesAsync("Lost cup and Lost bowl could not be put into your cart.");
        await Expect(guest.Page.Locator(".lines li")).ToHaveCountAsync(1);
        guest.AssertNoFaults();
    }

    [Theory]
    [InlineData("+3h", true)]
    [InlineData("-3h", false)]
    public async Task An_order_expires_by_the_shops_clock_whatever_the_devices_says(string off, bool isOpen)
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        var hours = isOpen ? 3 : -3;
        await buyer.Page.Context.AddInitScriptAsync(
            $"{{ const now = Date.now; Date.now = () => now() + {hours} * 3_600_000; }}");
        await buyer.SignUpAsync($"Clock {off}");
        var product = await shop.CreateProductAsync($"Timed {off}", price: 1_000, stock: 9);
        var order = await PlaceAsync(buyer, [product]);
        if (!isOpen)
            await shop.ExecuteAsync(
                $"update ordering.orders set expires_at = created_at + interval '1 second' where order_id = '{order}'");
        await buyer.Page.GotoAsync($"/#/orders/{order}");
        var pay = buyer.Page.GetByRole(AriaRole.Button, new() { Name = "Charge ₩1,000 and pay" });
        await Expect(buyer.Page.Locator(".badge").First).ToHaveTextAsync(isOpen ? "Awaiting payment" : "Expired");
        await Expect(pay).ToHaveCountAsync(isOpen ? 1 : 0);
        buyer.AssertNoFaults();
    }

    [Theory]
    [Trait(Slice.Name, Slice.Full)]
    [InlineData("/orders/{0}")]
    [InlineData("/orders")]
    public async Task An_order_that_is_not_paid_in_time_stops_offering_to_pay_by_itself(string path)
    {
        await using var buyer = await Visitor.ComeAsync(chromium, shop);
        await buyer.SignUpAsync("Late");
        var product = await shop.CreateProductAsync("Waited for", price: 1_000, stock: 9);
        var order = await PlaceAsync(buyer, [product]);
        await shop.ExecuteAsync(
            $"update ordering.orders set expires_at = now() + interval '6 seconds' where order_id = '{order}'");
        await buyer.Page.GotoAsync($"/#{string.Format(CultureInfo.InvariantCulture, path, order)}");
        var pay = buyer.Button("Charge ₩1,000 and pay");
        await Expect(pay).ToBeVisibleAsync();
        await Expect(pay).ToHaveCountAsync(0);
        await Expect(buyer.Page.Locator(".badge").First).ToHaveTextAsync("Expired");
        await Expect(buyer.Button("Order again")).ToBeVisibleAsync();
        buyer.AssertNoFaults();
    }

    private async Task<string> PlaceAsync(Visitor buyer, IEnumerable<long> products)
    {
        var userId = await buyer.Page.EvaluateAsync<long>(
            "() => JSON.parse(localStorage.getItem('shop.session')).userId");
        var items = products.Select(productId => new { productId, quantity = 1 });
        var order = await shop.PostAsync("/orders", new { userId, items });
        return order.GetProperty("orderId").GetString()!;
    }
}
