using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shop.EmbeddedPostgres;

namespace Shop.Chaos;

/// <summary>
/// A data platform that takes deliveries over HTTP, signed per Standard Webhooks, and that has its bad moments.
/// </summary>
internal sealed class PlatformReceiver(History history) : IPlatform
{
    private enum Mood
    {
        Takes,
        Fails,
        Hangs,

        /// <summary>Keeps the delivery and fails then: it will come again.</summary>
        Forgets,
    }

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly int port = FreePort.Pick();
    private readonly List<Arrival> arrivals = [];
    private WebApplication? server;
    private volatile Mood mood = Mood.Takes;

    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["DataPlatform:Endpoint"] = $"http://127.0.0.1:{port}/events",
        ["DataPlatform:Secret"] = $"whsec_{Convert.ToBase64String(key)}",
        ["DataPlatform:Timeout"] = "00:00:01",
        ["DataPlatform:RetryDelay"] = "00:00:00.200",
        ["DataPlatform:MaxRetryDelay"] = "00:00:02",
        ["DataPlatform:MaxAttempts"] = "100",
    };

    public IReadOnlyDictionary<string, Func<Task>> Failures => new Dictionary<string, Func<Task>>
    {
        ["platform refuses"] = StopAsync,
        ["platform fails"] = () => Turn(Mood.Fails),
        ["platform hangs"] = () => Turn(Mood.Hangs),
        ["platform forgets"] = () => Turn(Mood.Forgets),
    };

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        server = builder.Build();
        server.Urls.Add($"http://127.0.0.1:{port}");
        server.MapPost("/events", ReceiveAsync);
        await server.StartAsync();
    }

    public async Task RepairAsync()
    {
        mood = Mood.Takes;
        if (server is null)
            await StartAsync();
    }

    public IReadOnlyList<Arrival> Arrivals()
    {
        lock (arrivals)
            return [.. arrivals];
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task<IResult> ReceiveAsync(HttpRequest request, CancellationToken ct)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(ct);
        if (Objection(request.Headers, body) is { } objection)
        {
            history.Violate($"a delivery {objection}: {body}");
            return TypedResults.BadRequest();
        }

        switch (mood)
        {
            case Mood.Fails:
                return TypedResults.StatusCode(StatusCodes.Status500InternalServerError);
            case Mood.Hangs:
                await Task.Delay(Timeout.Infinite, ct);
                break;
        }

        lock (arrivals)
            arrivals.Add(Arrival.Read("http", body));
        return mood == Mood.Forgets
            ? TypedResults.StatusCode(StatusCodes.Status500InternalServerError)
            : TypedResults.NoContent();
    }

    // As https://www.standardwebhooks.com has it: the key is the secret's bytes, what is signed is id.timestamp.body.
    private string? Objection(IHeaderDictionary headers, string body)
    {
        var (id, timestamp) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
        if (!long.TryParse(timestamp, CultureInfo.InvariantCulture, out var seconds)
            || (DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > Tolerance)
            return $"has the time {timestamp}";
        var signature = $"v1,{Convert.ToBase64String(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")))}";
        if (!headers["webhook-signature"].ToString().Split(' ').Contains(signature))
            return "is not signed with the secret";
        return Arrival.Read("http", body).EventId.ToString() == id ? null : $"of another event has the id {id}";
    }

    private Task Turn(Mood to)
    {
        mood = to;
        return Task.CompletedTask;
    }

    private async Task StopAsync()
    {
        if (server is null)
            return;
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await server.StopAsync(now.Token);
        await server.DisposeAsync();
        server = null;
    }
}
