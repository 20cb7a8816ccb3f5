using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Shop.BrowserTests.Testing;

/// <summary>A user with an empty browser profile.</summary>
public sealed class Visitor : IAsyncDisposable
{
    private const float Timeout = 20_000;

    private static readonly string[] Standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

    private readonly IBrowserContext context;
    private readonly List<string> faults = [];

    private Visitor(IBrowserContext context, IPage page)
    {
        this.context = context;
        Page = page;
        page.PageError += (_, error) => faults.Add(error);
        page.Console += (_, message) =>
        {
            // A problem response is an ordinary answer; an error of a script or of the policy is a fault.
            if (message.Type is "error" or "warning"
                && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                faults.Add(message.Text);
        };
    }

    public IPage Page { get; }

    public ILocator Navigation => Page.GetByRole(AriaRole.Navigation);

    public ILocator Notice => Page.Locator("#notices .notice");

    public static async Task<Visitor> ComeAsync(
        Chromium chromium, RunningShop shop, string locale = "en-US", int width = 1_200)
    {
        var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = shop.Address.ToString(),
            Locale = locale,
            TimezoneId = "Asia/Seoul",
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
        });
        context.SetDefaultTimeout(Timeout);
        Assertions.SetDefaultExpectTimeout(Timeout);
        return new Visitor(context, await context.NewPageAsync());
    }

    public async Task<string> SignUpAsync(string name)
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        await Page.GotoAsync("/#/sign-up");
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.GetByLabel("E-mail").FillAsync(email);
        await Page.GetByLabel("Password").FillAsync("correct horse");
        await Button("Sign up").ClickAsync();
        await SeesAsync($"Welcome, {name}.");
        return email;
    }

    public async Task SignInAsStaffAsync(string email, string password)
    {
        await Page.GotoAsync("/ops");
        await Page.Locator("input[type=email]").FillAsync(email);
        await Page.Locator("input[type=password]").FillAsync(password);
        await Page.Locator("form button").ClickAsync();
        await Assertions.Expect(Page.Locator("#pages")).ToBeAttachedAsync();
    }

    public async Task SignInAsOperatorAsync()
    {
        await SignInAsStaffAsync("admin@shop.local", "admin-password");
        await Assertions.Expect(Page.Locator("main .panel").First).ToBeVisibleAsync();
    }

    public async Task ChargeAsync(long amount)
    {
        await GoToAsync("Wallet");
        await Page.GetByLabel("Amount").FillAsync($"{amount}");
        await Button("Charge").ClickAsync();
        await SeesAsync("added to your wallet");
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>To another view, and until it is there: the title changes at once, then the view is made.</summary>
    public async Task GoToAsync(string link)
    {
        var menu = Button("Menu");
        if (await menu.IsVisibleAsync())
            await menu.ClickAsync();
        await Navigation.GetByRole(AriaRole.Link, new() { Name = link }).ClickAsync();
        await Assertions.Expect(Page)
            .ToHaveTitleAsync(new Regex($"^{link} ", RegexOptions.None, TimeSpan.FromSeconds(1)));
        await Assertions.Expect(Page.Locator("main[aria-busy]")).ToHaveCountAsync(0);
    }

    public Task SeesAsync(string notice) => Assertions.Expect(Notice).ToContainTextAsync(notice);

    public Task ShootAsync(string name) =>
        Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots.Folder, $"{name}.png") });

    /// <summary>axe-core finds nothing against WCAG 2.2 AA, with all that can be unfolded open.</summary>
    public async Task AssertAccessibleAsync()
    {
        await Page.EvaluateAsync("() => document.querySelectorAll('details').forEach((part) => { part.open = true; })");
        var found = await Page.RunAxe(new AxeRunOptions { RunOnly = RunOnlyOptions.Tags(Standards) });
        Assert.NotEmpty(found.Passes);
        Assert.Empty(found.Violations.SelectMany(
            rule => rule.Nodes, (rule, node) => $"{Page.Url} {rule.Id}: {node.Target} {node.Html}"));
    }

    /// <summary>No script failed, and nothing was kept from happening by the page's policy.</summary>
    public void AssertNoFaults() => Assert.Empty(faults);

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}

/// <summary><c>artifacts/screenshots</c> of the repository, which git ignores.</summary>
internal static class Screenshots
{
    public static string Folder { get; } = Path.Combine(FindRoot(), "artifacts", "screenshots");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Shop.sln")))
            folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException("The tests are not run from within the repository.");
    }
}
