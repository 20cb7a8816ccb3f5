using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shop.EmbeddedPostgres;
using Xunit;

namespace Shop.BrowserTests.Testing;

/// <summary>
/// The shop as people meet it: on a port and a throwaway database of its own, with its workers and the real time. The
/// tests of a collection share it.
/// </summary>
public sealed class RunningShop : IAsyncLifetime, IDisposable
{
    /// <summary>How many entries of a coupon's queue are processed each time.</summary>
    public const int CouponBatch = 3;

    private EmbeddedPostgresServer database = null!;
    private Factory host = null!;
    private HttpClient admin = null!;

    public Uri Address { get; private set; } = null!;

    /// <summary>Where the data platform's events go.</summary>
    public string PlatformDirectory { get; } = Path.Combine(
        Path.GetTempPath(), $"shop-browser-tests-{Guid.NewGuid():N}");

    public async Task InitializeAsync()
    {
        database = await EmbeddedPostgresServer.StartAsync(
            EmbeddedPostgresOptions.ForThrowaway("browser-tests"), NullLogger.Instance, CancellationToken.None);
        host = new Factory(database.ConnectionString, PlatformDirectory);
        // Starting blocks until the host listens.
        await Task.Run(host.StartServer);
        admin = host.CreateClient();
        Address = admin.BaseAddress!;
        var session = await SendAsync(
            admin, HttpMethod.Post, "/sessions", new { email = "admin@shop.local", password = "admin-password" });
        admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", session.GetProperty("accessToken").GetString());
    }

    public async Task DisposeAsync()
    {
        Dispose();
        await database.DisposeAsync();
        if (Directory.Exists(PlatformDirectory))
            Directory.Delete(PlatformDirectory, recursive: true);
    }

    public void Dispose()
    {
        admin.Dispose();
        host.Dispose();
    }

    public Task<JsonElement> GetAsync(string path) => SendAsync(admin, HttpMethod.Get, path, body: null);

    /// <summary>As the administrator, who may act for anybody.</summary>
    public Task<JsonElement> PostAsync(string path, object? body) => SendAsync(admin, HttpMethod.Post, path, body);

    /// <summary>As the administrator.</summary>
    public Task<JsonElement> PatchAsync(string path, object body) => SendAsync(admin, HttpMethod.Patch, path, body);

    public async Task PostAnonymouslyAsync(string path, object body)
    {
        using var anybody = host.CreateClient();
        using var response = await anybody.PostAsJsonAsync($"/api/v1{path}", body);
        Assert.True(response.IsSuccessStatusCode, $"POST {path}: {(int)response.StatusCode}");
    }

    /// <returns>The e-mail of a new user with this role.</returns>
    public async Task<string> MakeStaffAsync(string role, string password)
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = await PostAsync("/users", new { email, password, name = "Staff" });
        await PatchAsync($"/admin/users/{user.GetProperty("userId")}", new { role });
        return email;
    }

    public async Task<long> CreateProductAsync(string name, long price, long stock) =>
        (await PostAsync(
            "/admin/products",
            new
            {
                name,
                description = $"{name}: two lines,\nand <b>no markup</b>.",
                price,
                stock,
            })).GetProperty("productId").GetInt64();

    public async Task<long> CreateCouponAsync(
        string name, object discount, int quantity, long? minimumOrderAmount = null)
    {
        var now = DateTimeOffset.UtcNow;
        var coupon = await PostAsync("/admin/coupons", new
        {
            name,
            discount,
            quantity,
            minimumOrderAmount,
            issueFrom = now.AddDays(-1),
            issueUntil = now.AddDays(1),
            validUntil = now.AddDays(30),
        });
        return coupon.GetProperty("couponId").GetInt64();
    }

    /// <summary>Another user enters a coupon's queue.</summary>
    public async Task EnterQueueAsync(long couponId)
    {
        var user = await PostAsync(
            "/admin/users", new { email = $"{Guid.NewGuid():N}@example.com", name = "Somebody" });
        await PostAsync($"/coupons/{couponId}/requests", new { userId = user.GetProperty("userId").GetInt64() });
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>
    /// No entry of the queue moves until what this returns is disposed of: a host leaves a locked queue
    /// alone.
    /// </summary>
    public async Task<IAsyncDisposable> HoldQueueAsync(long couponId)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"begin; select 1 from coupons.lines where coupon_id = {couponId} for update", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private static async Task<JsonElement> SendAsync(HttpClient client, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(
            method, $"/api/v1{path}")
        { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonElement.Parse(text);
    }

    private sealed class Factory : WebApplicationFactory<Program>
    {
        private readonly string connectionString;
        private readonly string platform;

        public Factory(string connectionString, string platform)
        {
            this.connectionString = connectionString;
            this.platform = platform;
            UseKestrel(0);
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder) => builder
            .UseEnvironment(Environments.Development)
            .UseSetting("ConnectionStrings:Shop", connectionString)
            .UseSetting("DataPlatform:Directory", platform)
            .UseSetting("Coupons:Queue:BatchSize", $"{CouponBatch}")
            .UseSetting("Ranking:Interval", "00:00:01")
            .UseSetting("Webhooks:AllowedNetworks", "127.0.0.1/32")
            .ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
    }
}

/// <summary>
/// The tests of one collection share a shop and a browser; the collections run side by side.
/// </summary>
[CollectionDefinition(Name)]
public sealed class Buying : ICollectionFixture<RunningShop>, ICollectionFixture<Chromium>
{
    public const string Name = "Buying";
}

[CollectionDefinition(Name)]
public sealed class Pages : ICollectionFixture<RunningShop>, ICollectionFixture<Chromium>
{
    public const string Name = "Pages";
}
