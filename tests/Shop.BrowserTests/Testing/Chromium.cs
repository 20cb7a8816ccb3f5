using Microsoft.Playwright;
using Xunit;

namespace Shop.BrowserTests.Testing;

/// <summary>
/// The machine's Chromium: the one that the environment variable CHROMIUM names, or the first that is found. Without
/// one the tests fail.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Places =
        [
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            @"C:\Program Files\Google\Chrome\Application\chrome.exe",
        ];

    private IPlaywright playwright = null!;

    public IBrowser Browser { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var executable = Environment.GetEnvironmentVariable("CHROMIUM") ?? Places.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                "There is no Chromium here. Install one (Debian: apt-get install chromium), or name one in the "
                + "environment variable CHROMIUM.");
        playwright = await Playwright.CreateAsync();
        Browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = executable,
            // The sandbox is not to be had as root, and the only pages it meets are ours. The rest keeps the browser
            // from calling home.
            Args =
            [
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright.Dispose();
    }
}
