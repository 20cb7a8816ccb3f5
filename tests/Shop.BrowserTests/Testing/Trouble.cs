using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Shop.BrowserTests.Testing;

/// <summary>
/// A fault between a page and the shop, until <see cref="EndAsync"/>, for requests that match a pattern of the API's
/// paths.
/// </summary>
public sealed class Trouble
{
    private readonly IPage page;
    private readonly string address;
    private readonly Func<IRoute, Task> handler;
    private readonly ConcurrentQueue<string> keys = new();

    private Trouble(IPage page, string path, Func<IRoute, Task> trouble)
    {
        this.page = page;
        address = $"**/api/v1{path}";
        handler = route =>
        {
            if (route.Request.Headers.TryGetValue("idempotency-key", out var key))
                keys.Enqueue(key);
            return trouble(route);
        };
    }

    /// <summary>The Idempotency-Keys that were seen, in their order.</summary>
    public IReadOnlyCollection<string> Keys => keys;

    /// <summary>The request arrives and is done; then the connection is reset.</summary>
    public static Task<Trouble> LostAnswersAsync(IPage page, string path) => StartAsync(page, path, async route =>
    {
        await route.FetchAsync();
        await route.AbortAsync("connectionreset");
    });

    /// <summary>The request never arrives.</summary>
    public static Task<Trouble> LostRequestsAsync(IPage page, string path) =>
        StartAsync(page, path, route => route.AbortAsync("connectionrefused"));

    /// <summary>The request arrives and is done, and yet the answer is 503, as it is at a deadline.</summary>
    public static Task<Trouble> DeadlinesAsync(IPage page, string path) => StartAsync(page, path, async route =>
    {
        await route.FetchAsync();
        await AnswerAsync(route, 503, "unavailable");
    });

    /// <summary>The request never arrives and is refused.</summary>
    public static Task<Trouble> ErrorsAsync(IPage page, string path, int status, string code) =>
        StartAsync(page, path, route => AnswerAsync(route, status, code));

    /// <summary>Nothing goes wrong: keys are noted.</summary>
    public static Task<Trouble> NoneAsync(IPage page, string path) =>
        StartAsync(page, path, route => route.ContinueAsync());

    /// <summary>Every answer takes its time, and comes no faster than a bound.</summary>
    public static async Task SlowNetworkAsync(IPage page, int milliseconds, int bytesPerSecond = -1)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("Network.enable");
        await session.SendAsync("Network.emulateNetworkConditions", new Dictionary<string, object>
        {
            ["offline"] = false,
            ["latency"] = milliseconds,
            ["downloadThroughput"] = bytesPerSecond,
            ["uploadThroughput"] = bytesPerSecond,
        });
    }

    public Task EndAsync() => page.UnrouteAsync(address, handler);

    private static async Task<Trouble> StartAsync(IPage page, string path, Func<IRoute, Task> trouble)
    {
        var started = new Trouble(page, path, trouble);
        await page.RouteAsync(started.address, started.handler);
        return started;
    }

    private static Task AnswerAsync(IRoute route, int status, string code) => route.FulfillAsync(new RouteFulfillOptions
    {
        Status = status,
        ContentType = "application/problem+json",
        Body = $$"""{"status":{{status}},"code":"{{code}}"}""",
    });
}
