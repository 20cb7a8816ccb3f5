using System.Text.Json;
using Microsoft.Playwright;
using Shop.BrowserTests.Testing;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Shop.BrowserTests;

/// <summary>The API reference at <c>/docs</c>.</summary>
[Collection(Pages.Name)]
public sealed class ReferenceTests(RunningShop shop, Chromium chromium)
{
    [Fact]
    [Trait(Slice.Name, Slice.Full)]
    public async Task Somebody_signs_in_on_the_reference_page_and_calls_what_asks_for_a_token()
    {
        await using var visitor = await Visitor.ComeAsync(chromium, shop, width: 1_400);
        await visitor.Page.GotoAsync("/docs");
        var users = Operation(visitor, "Identity", "ListUsers");
        await users.OpenAsync();
        await Expect(await users.ExecuteAsync()).ToHaveTextAsync("401");

        var signIn = Operation(visitor, "Identity", "SignIn");
        await signIn.OpenAsync();
        await Expect(
            await signIn.ExecuteAsync(
                new { email = "admin@shop.local", password = "admin-password" })).ToHaveTextAsync("200");
        var session = JsonElement.Parse(await signIn.BodyAsync());

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Authorize", Exact = true }).First.ClickAsync();
        var dialog = visitor.Page.Locator(".auth-container");
        await dialog.Locator("input").FillAsync(session.GetProperty("accessToken").GetString()!);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Apply credentials" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();

        await Expect(await users.ExecuteAsync()).ToHaveTextAsync("200");
        Assert.Contains("admin@shop.local", await users.BodyAsync(), StringComparison.Ordinal);
        await visitor.ShootAsync("reference");
        visitor.AssertNoFaults();
    }

    private static OperationOnPage Operation(Visitor visitor, string tag, string name) =>
        new(visitor.Page.Locator($"#operations-{tag}-{name}"));

    /// <summary>An operation as Swagger UI shows it.</summary>
    private sealed class OperationOnPage(ILocator block)
    {
        public async Task OpenAsync()
        {
            await block.Locator(".opblock-summary-control").ClickAsync();
            await block.Locator(".try-out__btn").ClickAsync();
        }

        /// <returns>Where the status of the answer stands.</returns>
        public async Task<ILocator> ExecuteAsync(object? body = null)
        {
            if (body is not null)
                await block.Locator("textarea.body-param__text").FillAsync(JsonSerializer.Serialize(body));
            await block.Locator("button.execute").ClickAsync();
            return block.Locator(".live-responses-table tbody .response-col_status").First;
        }

        public async Task<string> BodyAsync() =>
            await block.Locator(".live-responses-table .response-col_description .highlight-code code").First
                .TextContentAsync() ?? "";
    }
}
