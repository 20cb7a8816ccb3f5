using System.Text.Json;
using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

[Collection(Buying.Name)]
[Trait(Slice.Name, Slice.Full)]
public sealed class AccountTests(RunningShop shop, Chromium chromium)
{
    private const string Password = "correct horse";
    private const string NewPassword = "battery staple";

    [Fact]
    public async Task A_new_name_stands_in_the_header_at_once()
    {
        await using var visitor = await VisitorAsync("Before");
        await visitor.Page.GetByRole(AriaRole.Textbox, new() { Name = "Name" }).FillAsync("After");
        await visitor.Button("Save").ClickAsync();
        await visitor.SeesAsync("Saved.");
        await Expect(visitor.Page.Locator("header .name")).ToHaveTextAsync("After");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sign_ins_and_a_wrong_one_is_told_at_its_field()
    {
        await using var visitor = await VisitorAsync("Changes");
        var page = visitor.Page;
        await using var other = await Visitor.ComeAsync(chromium, shop);
        await SignInAsync(other, await EmailAsync(visitor), Password);
        await other.SeesAsync("Welcome, Changes.");

        await page.GetByLabel("Current password").FillAsync("wrong horse");
        await page.GetByLabel("New password").FillAsync(NewPassword);
        await ChangePasswordAsync(visitor);
        await Expect(page.GetByLabel("Current password")).ToHaveAttributeAsync("aria-invalid", "true");
        await page.GetByLabel("Current password").FillAsync(Password);
        await ChangePasswordAsync(visitor);
        await visitor.SeesAsync("The password is changed.");
        await Expect(page.Locator(".sessions li")).ToHaveCountAsync(1);

        await other.Page.GotoAsync("/?again#/wallet");
        await other.SeesAsync("Your sign-in has ended.");
        await SignInAsync(other, await EmailAsync(visitor), NewPassword);
        await other.SeesAsync("Welcome, Changes.");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task Another_sign_in_is_listed_and_can_be_ended()
    {
        await using var visitor = await VisitorAsync("Several");
        await using var other = await Visitor.ComeAsync(chromium, shop);
        await SignInAsync(other, await EmailAsync(visitor), Password);
        await other.SeesAsync("Welcome, Several.");
        await visitor.Page.ReloadAsync();
        var sessions = visitor.Page.Locator(".sessions li");
        await Expect(sessions).ToHaveCountAsync(2);
        await Expect(sessions.Filter(new() { HasText = "This device" })).ToHaveCountAsync(1);
        await visitor.Page.Locator(".sessions button").ClickAsync();
        await Expect(sessions).ToHaveCountAsync(1);
        await other.Page.GotoAsync("/?again#/wallet");
        await other.SeesAsync("Your sign-in has ended.");
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task The_export_is_a_file_with_all_that_is_held()
    {
        await using var visitor = await VisitorAsync("Exports");
        var download = await visitor.Page.RunAndWaitForDownloadAsync(() => visitor.Button("Download").ClickAsync());
        Assert.EndsWith(".json", download.SuggestedFilename, StringComparison.Ordinal);
        var held = JsonElement.Parse(await File.ReadAllTextAsync(await download.PathAsync()));
        Assert.Contains(await EmailAsync(visitor), held.GetRawText(), StringComparison.Ordinal);
        visitor.AssertNoFaults();
    }

    [Fact]
    public async Task An_erasure_asks_for_the_password_and_for_what_is_left_in_the_wallet()
    {
        await using var visitor = await VisitorAsync("Leaves");
        var page = visitor.Page;
        var email = await EmailAsync(visitor);
        await visitor.ChargeAsync(5_000);
        await page.GotoAsync("/#/account");
        await page.GetByLabel("Your password, to be sure").FillAsync(Password);
        await EraseAsync(visitor);
        await Expect(page.GetByText("There is money left in your wallet.")).ToBeVisibleAsync();
        await visitor.AssertAccessibleAsync();
        await page.GetByLabel("I give up what is left in my wallet").CheckAsync();
        await EraseAsync(visitor);
        await visitor.SeesAsync("Your account is erased.");
        await Expect(page.Locator("header").GetByRole(AriaRole.Link, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await SignInAsync(visitor, email, Password);
        await Expect(page.GetByText("E-mail and password don't match.")).ToBeVisibleAsync();
        visitor.AssertNoFaults();
    }

    private static async Task ChangePasswordAsync(Visitor visitor)
    {
        await visitor.Button("Change password").ClickAsync();
        await ConfirmAsync(visitor, "Change password");
    }

    private static async Task EraseAsync(Visitor visitor)
    {
        await visitor.Button("Erase my account").ClickAsync();
        await ConfirmAsync(visitor, "Erase my account");
    }

    private static Task ConfirmAsync(Visitor visitor, string button) => visitor.Page.GetByRole(AriaRole.Dialog)
        .GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();

    private static async Task SignInAsync(Visitor visitor, string email, string password)
    {
        await visitor.Page.GotoAsync("/#/sign-in");
        await visitor.Page.GetByLabel("E-mail").FillAsync(email);
        await visitor.Page.GetByLabel("Password").FillAsync(password);
        await visitor.Button("Sign in").ClickAsync();
    }

    private static async Task<string> EmailAsync(Visitor visitor) =>
        await visitor.Page.Locator("main .page > .hint").InnerTextAsync();

    private async Task<Visitor> VisitorAsync(string name)
    {
        var visitor = await Visitor.ComeAsync(chromium, shop);
        await visitor.SignUpAsync(name);
        await visitor.Page.GotoAsync("/#/account");
        await Expect(visitor.Page.Locator(".sessions li")).ToHaveCountAsync(1);
        return visitor;
    }
}
