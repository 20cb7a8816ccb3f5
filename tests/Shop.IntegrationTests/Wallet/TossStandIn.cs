using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Shop.IntegrationTests.Wallet;

/// <summary>
/// A provider on this machine with the paths, bodies, Basic authentication and error codes of Toss Payments' public
/// API. It takes money once for an order, and misbehaves as a test says.
/// </summary>
internal sealed class TossStandIn : IAsyncDisposable
{
    private const string SecretKey = "test_sk_secret";

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, (string OrderId, long Amount)> authenticated = new();
    private readonly ConcurrentDictionary<string, (string Key, long Amount)> taken = new();
    private int confirms;
    private int queries;

    private TossStandIn(WebApplication app) => this.app = app;

    /// <summary>Runs after the money was taken, and before that is answered.</summary>
    public Func<HttpContext, Task> BeforeAnswer { get; set; } = _ => Task.CompletedTask;

    /// <summary>The error of every confirm: status and code.</summary>
    public (int Status, string Code)? Fails { get; set; }

    /// <summary>Added to the amount that it tells.</summary>
    public long LiesBy { get; set; }

    public string Status { get; set; } = "DONE";

    public string ContentType { get; set; } = "application/json; charset=utf-8";

    /// <summary>Ends each payment's key in what it tells.</summary>
    public string KeyEnd { get; set; } = "";

    /// <summary>The part of each payment that was cancelled since; null tells nothing of it.</summary>
    public long? GivenBack { get; set; } = 0;

    public int Confirms => confirms;

    public int Queries => queries;

    /// <summary>Money that it has taken, over all orders.</summary>
    public long Taken => taken.Values.Sum(payment => payment.Amount);

    public Dictionary<string, string> Settings => new()
    {
        ["Wallet:TopUps:Provider"] = "Toss",
        ["Wallet:TopUps:Timeout"] = "00:00:00.5",
        ["Wallet:TopUps:Toss:BaseAddress"] =
            app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(),
        ["Wallet:TopUps:Toss:ClientKey"] = "test_ck_public",
        ["Wallet:TopUps:Toss:SecretKey"] = SecretKey,
    };

    public static async Task<TossStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var toss = new TossStandIn(builder.Build());
        toss.app.MapPost("/v1/payments/confirm", toss.ConfirmAsync);
        toss.app.MapGet("/v1/payments/orders/{orderId}", toss.QueryAsync);
        await toss.app.StartAsync();
        return toss;
    }

    /// <summary>The payment window: it takes no money yet.</summary>
    public string Authenticate(Guid orderId, long amount)
    {
        var key = $"tgen_{Guid.NewGuid():N}";
        authenticated[key] = (orderId.ToString(), amount);
        return key;
    }

    /// <summary>Takes the money late, long after the answer to the confirm.</summary>
    public void Take(string key) => taken[authenticated[key].OrderId] = (key, authenticated[key].Amount);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task ConfirmAsync(HttpContext http)
    {
        Interlocked.Increment(ref confirms);
        if (!await IsKnownAsync(http))
            return;
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        var (key, orderId, amount) = (
            body.RootElement.GetProperty("paymentKey").GetString()!,
            body.RootElement.GetProperty("orderId").GetString()!,
            body.RootElement.GetProperty("amount").GetInt64());
        if (Fails is { } failure)
            await RefuseAsync(http, failure.Status, failure.Code);
        else if (!authenticated.TryGetValue(key, out var payment) || payment.OrderId != orderId)
            await RefuseAsync(http, 404, "NOT_FOUND_PAYMENT_SESSION");
        else if (payment.Amount != amount)
            await RefuseAsync(http, 400, "INVALID_REQUEST");
        else if (!taken.TryAdd(orderId, (key, amount)) && taken[orderId].Key != key)
            await RefuseAsync(http, 400, "ALREADY_PROCESSED_PAYMENT");
        else
            await AnswerAsync(http, orderId);
    }

    private async Task QueryAsync(HttpContext http, string orderId)
    {
        Interlocked.Increment(ref queries);
        if (!await IsKnownAsync(http))
            return;
        if (taken.ContainsKey(orderId))
            await AnswerAsync(http, orderId);
        else if (authenticated.FirstOrDefault(of => of.Value.OrderId == orderId) is { Key: { } key } payment)
            await WriteAsync(http, key, orderId, payment.Value.Amount, "IN_PROGRESS");
        else
            await RefuseAsync(http, 404, "NOT_FOUND_PAYMENT");
    }

    private async Task AnswerAsync(HttpContext http, string orderId)
    {
        await BeforeAnswer(http);
        var (key, amount) = taken[orderId];
        await WriteAsync(http, key, orderId, amount + LiesBy, Status);
    }

    private Task WriteAsync(HttpContext http, string key, string orderId, long amount, string status) =>
        WriteAsync(http, new
        {
            version = "2022-11-16",
            paymentKey = key + KeyEnd,
            orderId,
            currency = "KRW",
            totalAmount = amount,
            balanceAmount = amount - GivenBack,
            status,
            method = "카드",
        });

    private Task WriteAsync<T>(HttpContext http, T body) =>
        http.Response.WriteAsJsonAsync(body, options: null, ContentType);

    private async Task<bool> IsKnownAsync(HttpContext http)
    {
        var expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{SecretKey}:"))}";
        if (http.Request.Headers.Authorization == expected)
            return true;
        await RefuseAsync(http, 401, "UNAUTHORIZED_KEY");
        return false;
    }

    private Task RefuseAsync(HttpContext http, int status, string code)
    {
        http.Response.StatusCode = status;
        return WriteAsync(http, new { code, message = "거절되었습니다." });
    }
}
