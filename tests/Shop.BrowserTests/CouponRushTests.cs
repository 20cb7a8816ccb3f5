using System.Globalization;
using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Pages.Name)]
public sealed class CouponRushTests(RunningShop shop, Chromium chromium)
{
    private const int Quantity = 8;

    [Fact]
    public async Task Positions_count_down_until_the_early_has_the_coupon_and_the_late_is_told_why_not()
    {
        var coupon = await shop.CreateCouponAsync("Rush", new { type = "FIXED", value = 3_000 }, Quantity);
        await using var early = await Visitor.ComeAsync(chromium, shop);
        await using var late = await Visitor.ComeAsync(chromium, shop);
        await early.SignUpAsync("Early");
        await late.SignUpAsync("Late");

        await using (await shop.HoldQueueAsync(coupon))
        {
            await CrowdAsync(coupon, 5);
            await EnterQueueAsync(early, expected: 6);
            await CrowdAsync(coupon, 6);
            await EnterQueueAsync(late, expected: 13);
            await late.ShootAsync("waiting-line");

            // A reload keeps the place.
            await late.Page.ReloadAsync();
            await Expect(late.Page.Locator(".line .position")).ToHaveTextAsync("Number 13");
            await WatchAsync(late);
        }

        await Expect(early.Page.Locator("#lines .line")).ToHaveTextAsync("You got the coupon Rush!×");
        await Expect(early.Page.GetByRole(AriaRole.Region, new() { Name = "My coupons" })).ToContainTextAsync("Rush");
        await Expect(late.Page.Locator("#lines .line")).ToContainTextAsync("All coupons are gone.");
        AssertCountsDown(await PositionsAsync(early), from: 6);
        AssertCountsDown(await PositionsAsync(late), from: 13);

        // The ear is told too, in the end.
        await Expect(early.Page.Locator("#announcer")).ToHaveTextAsync("You got the coupon Rush!");
        var rushed = await shop.GetAsync($"/coupons/{coupon}");
        Assert.Equal(Quantity, rushed.GetProperty("issued").GetInt32());
        early.AssertNoFaults();
        late.AssertNoFaults();
    }

    [Fact]
    public async Task Whose_tab_has_forgotten_the_place_finds_it_again()
    {
        var coupon = await shop.CreateCouponAsync("Again", new { type = "FIXED", value = 3_000 }, Quantity);
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignUpAsync("Forgetful");
        await using (await shop.HoldQueueAsync(coupon))
        {
            await CrowdAsync(coupon, 2);
            await EnterQueueAsync(visitor, expected: 3, "Again");
            await visitor.Page.EvaluateAsync("() => sessionStorage.removeItem('shop.lines')");
            await visitor.Page.ReloadAsync();
            await Expect(visitor.Page.Locator(".line .position")).ToHaveTextAsync("Number 3");
        }

        await Expect(visitor.Page.Locator("#lines .line")).ToHaveTextAsync("You got the coupon Again!×");
    }

    private async Task CrowdAsync(long coupon, int people)
    {
        for (var i = 0; i < people; i++)
            await shop.EnterQueueAsync(coupon);
    }

    private static async Task EnterQueueAsync(Visitor visitor, int expected, string name = "Rush")
    {
        await visitor.GoToAsync("Coupons");
        await WatchAsync(visitor);
        await visitor.Button($"Stand in line for {name}").ClickAsync();
        await Expect(visitor.Page.Locator(".line .position")).ToHaveTextAsync($"Number {expected}");
    }

    // The page itself records its texts, however fast they change.
    private static async Task WatchAsync(Visitor visitor) => await visitor.Page.EvaluateAsync("""
        () => {
            const lines = document.getElementById('lines');
            const shown = () => lines.querySelector('.position')?.textContent;
            window.positions = shown() ? [shown()] : [];
            new MutationObserver(() => { if (shown()) window.positions.push(shown()); })
                .observe(lines, { childList: true, subtree: true, characterData: true });
        }
        """);

    private static async Task<List<int>> PositionsAsync(Visitor visitor) =>
        [
            .. (await visitor.Page.EvaluateAsync<string[]>("() => window.positions")).Select(
                text => int.Parse(text["Number ".Length..], CultureInfo.InvariantCulture)),
        ];

    private static void AssertCountsDown(List<int> positions, int from)
    {
        Assert.Equal(from, positions[0]);
        Assert.True(positions[^1] < from, $"It never moved: {string.Join(", ", positions)}");
        Assert.Equal(positions.OrderDescending(), positions);
    }
}
