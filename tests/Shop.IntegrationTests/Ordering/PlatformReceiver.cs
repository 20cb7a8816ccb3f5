using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Shop.IntegrationTests.Ordering;

/// <summary>
/// A data platform of its own: a server on this machine that checks signatures, answers as the test says and keeps what
/// it took.
/// </summary>
internal sealed class PlatformReceiver : IAsyncDisposable
{
    private static readonly byte[] DefaultKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly WebApplication app;
    private readonly ConcurrentQueue<Post> posts = new();

    private PlatformReceiver(WebApplication app) => this.app = app;

    /// <summary>The key that posts are signed with.</summary>
    public byte[] Key { get; set; } = DefaultKey;

    /// <summary>Handles a post; the default accepts it.</summary>
    public Func<Post, HttpContext, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public string Address =>
        app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses
            .Single() + "/hooks/orders";

    /// <summary>Everything that came, in the order of arrival, taken or not.</summary>
    public IReadOnlyList<Post> Posts => [.. posts];

    public IReadOnlyList<Post> Taken => [.. posts.Where(post => post.Status is >= 200 and < 300)];

    public static async Task<PlatformReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var receiver = new PlatformReceiver(builder.Build());
        receiver.app.Run(receiver.TakeAsync);
        await receiver.app.StartAsync();
        return receiver;
    }

    /// <summary>A host's settings to deliver here.</summary>
    public Dictionary<string, string> Settings(params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string>
        {
            ["DataPlatform:Endpoint"] = Address,
            ["DataPlatform:Secret"] = $"whsec_{Convert.ToBase64String(DefaultKey)}",
        };
        foreach (var (name, value) in more)
            settings[$"DataPlatform:{name}"] = value;
        return settings;
    }

    public static Func<Post, HttpContext, Task> Says(
        HttpStatusCode status, string text = "", string? retryAfter = null) => async (_, http) =>
    {
        http.Response.StatusCode = (int)status;
        if (retryAfter is not null)
            http.Response.Headers.RetryAfter = retryAfter;
        await http.Response.WriteAsync(text);
    };

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var post = new Post(http, body.ToArray(), Key);
        posts.Enqueue(post);
        await Answer(post, http);
        post.Status = http.Response.StatusCode;
    }

    public sealed class Post(HttpContext http, byte[] body, byte[] key)
    {
        private readonly JsonElement envelope = JsonDocument.Parse(body).RootElement;

        public string Id { get; } = http.Request.Headers["webhook-id"].ToString();

        public DateTimeOffset SentAt { get; } =
            DateTimeOffset.FromUnixTimeSeconds(
                long.Parse(http.Request.Headers["webhook-timestamp"].ToString(), CultureInfo.InvariantCulture));

        public string? ContentType { get; } = http.Request.ContentType;

        /// <summary>Worked out here from what came, not by the shop's code.</summary>
        public bool IsSigned => IsSignedBy(key);

        /// <summary>All signatures, for an old and a new key.</summary>
        public IReadOnlyList<string> Signatures { get; } =
            http.Request.Headers["webhook-signature"].ToString().Split(' ');

        public byte[] Body => body;

        public bool IsSignedBy(byte[] secret) => Signatures.Contains(
            "v1," + Convert.ToBase64String(HMACSHA256.HashData(
                secret, (byte[])[.. Encoding.UTF8.GetBytes($"{Id}.{SentAt.ToUnixTimeSeconds()}."), .. body])));

        public int Status { get; set; }

        public Guid EventId => envelope.GetProperty("eventId").GetGuid();

        public Guid OrderId => envelope.GetProperty("order").GetProperty("orderId").GetGuid();

        public string Type => envelope.GetProperty("type").GetString()!;

        public int Sequence => envelope.GetProperty("sequence").GetInt32();
    }
}
