using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Pages.Name)]
public sealed class SessionTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    public async Task A_sign_in_outlives_a_reload_and_no_script_finds_a_token()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignUpAsync("Kept");
        await visitor.Page.ReloadAsync();
        await visitor.GoToAsync("Wallet");
        await Expect(visitor.Page.Locator("#balance")).ToHaveTextAsync("₩0");

        var cookie = Assert.Single(await visitor.Page.Context.CookiesAsync());
        Assert.Equal("shop-refresh", cookie.Name);
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
        var stored = await visitor.Page.EvaluateAsync<string>(
            "() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])");
        Assert.DoesNotContain(cookie.Value, stored, StringComparison.Ordinal);
        Assert.DoesNotContain("oken", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("CfDJ8", stored, StringComparison.Ordinal);
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Signing_out_in_one_tab_signs_the_others_out_and_in_again()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        var email = await visitor.SignUpAsync("Tabs");
        var other = await visitor.Page.Context.NewPageAsync();
        await other.GotoAsync("/#/wallet");
        await Expect(other.Locator("#balance")).ToHaveTextAsync("₩0");

        await visitor.Button("Sign out").ClickAsync();
        await visitor.SeesAsync("You are signed out.");
        await Expect(other.Locator("#notices .notice")).ToContainTextAsync("You are signed out.");
        await Expect(other.Locator("header").GetByRole(AriaRole.Link, new() { Name = "Sign in" })).ToBeVisibleAsync();
        Assert.Empty(await visitor.Page.Context.CookiesAsync());

        await visitor.Page.GotoAsync("/#/sign-in");
        await visitor.Page.GetByLabel("E-mail").FillAsync(email);
        await visitor.Page.GetByLabel("Password").FillAsync("correct horse");
        await visitor.Button("Sign in").ClickAsync();
        await visitor.SeesAsync("Welcome, Tabs.");
        await Expect(other.Locator("header .name")).ToHaveTextAsync("Tabs");
        await other.GotoAsync("/#/wallet");
        await Expect(other.Locator("#balance")).ToHaveTextAsync("₩0");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Tabs_that_reload_at_once_stay_signed_in()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignUpAsync("Several");
        var context = visitor.Page.Context;
        IPage[] tabs = [visitor.Page, await context.NewPageAsync(), await context.NewPageAsync()];
        for (var round = 0; round < 2; round++)
        {
            await Task.WhenAll(tabs.Select(tab => tab.GotoAsync($"/?{round}#/wallet")));
            foreach (var tab in tabs)
                await Expect(tab.Locator("#balance")).ToHaveTextAsync("₩0");
        }

        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_session_that_was_ended_elsewhere_is_over_at_the_next_page()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignUpAsync("Ended");
        var userId = await visitor.Page.EvaluateAsync<long>(
            "() => JSON.parse(localStorage.getItem('shop.session')).userId");
        await shop.ExecuteAsync($"delete from identity.sessions where user_id = {userId}");
        await visitor.Page.GotoAsync("/?again#/wallet");
        await visitor.SeesAsync("Your sign-in has ended. Please sign in again.");
        Assert.Null(await visitor.Page.EvaluateAsync<string?>("() => localStorage.getItem('shop.session')"));
    }
}
