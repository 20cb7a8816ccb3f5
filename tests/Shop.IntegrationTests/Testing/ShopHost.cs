using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Outbox;
using Shop.Messages;
using Shop.Ordering.DataPlatform;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// The host as it is run, on a port of its own, with workers that only turn when a test says so and a clock that a test
/// can move.
/// </summary>
internal sealed class ShopHost : WebApplicationFactory<Program>
{
    private readonly Lock clients = new();
    private readonly List<HttpClient> given = [];
    private readonly Action<IServiceCollection>? configure;
    private readonly IReadOnlyDictionary<string, string> settings;

    private ShopHost(
        string connectionString,
        IReadOnlyDictionary<string, string>? settings,
        Action<IServiceCollection>? configure,
        TestClock? clock)
    {
        Clock = clock ?? new TestClock();
        ConnectionString = connectionString;
        this.settings = settings ?? new Dictionary<string, string>();
        this.configure = configure;
        UseKestrel(0);
    }

    public string ConnectionString { get; }

    public TestClock Clock { get; }

    public LostTransactions Lost { get; } = new();

    public SentStatements Sent { get; } = new();

    public string PlatformDirectory { get; } = Path.Combine(Path.GetTempPath(), $"shop-platform-{Guid.NewGuid():N}");

    public static Task<ShopHost> StartAsync() => StartAsync(settings: null);

    public static async Task<ShopHost> StartAsync(
        IReadOnlyDictionary<string, string>? settings, Action<IServiceCollection>? configure = null) =>
        await StartAsync(await TestDatabases.CreateAsync(), settings, configure);

    /// <summary>A host on a database that is there already, perhaps with other hosts on it.</summary>
    public static async Task<ShopHost> StartAsync(
        string connectionString,
        IReadOnlyDictionary<string, string>? settings = null,
        Action<IServiceCollection>? configure = null,
        TestClock? clock = null)
    {
        var host = new ShopHost(connectionString, settings, configure, clock);
        // Starting blocks until the host listens.
        await Task.Run(host.StartServer);
        host.Clock.Follow(host.Services.GetRequiredService<NpgsqlDataSource>());
        return host;
    }

    public bool IsDisposed { get; private set; }

    public ShopClient Client(string? accessToken = null) => new(NewClient(), Services, accessToken);

    /// <summary>
    /// A client whose address a proxy in front of the shop names; the host must know it (<c>Http:KnownProxies</c>).
    /// </summary>
    public ShopClient ClientFrom(string address, string? accessToken = null)
    {
        var http = NewClient();
        http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return new(http, Services, accessToken);
    }

    /// <summary>Closes the connections of all clients, whose test is over.</summary>
    public void CloseClients()
    {
        lock (clients)
        {
            given.ForEach(client => client.Dispose());
            given.Clear();
        }
    }

    /// <summary>Delivers what the outboxes hold, and what comes of that, until nothing is left that is due.</summary>
    public async Task DeliverEventsAsync()
    {
        var dispatchers = Services.GetServices<OutboxDispatcher>().ToList();
        int settled;
        do
        {
            settled = 0;
            foreach (var dispatcher in dispatchers)
                settled += await dispatcher.RunOnceAsync(CancellationToken.None);
        }
        while (settled > 0);
    }

    /// <summary>Takes to the data platform what is due.</summary>
    public async Task DeliverToPlatformAsync()
    {
        var worker = Services.GetRequiredService<DeliveryWorker>();
        while (await worker.RunOnceAsync(CancellationToken.None) > 0)
        {
            // Another round: the next event of an order becomes due when the one before has arrived.
        }
    }

    /// <summary>Every line of the platform's files as <c>type:sequence</c>.</summary>
    public IReadOnlyList<string> PlatformLines() =>
    [
        .. Directory.EnumerateFiles(PlatformDirectory, "*.ndjson").SelectMany(File.ReadLines)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(line => $"{line.GetProperty("type").GetString()}:{line.GetProperty("sequence").GetInt32()}"),
    ];

    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Returns when somebody in this database waits for a lock that somebody else holds.</summary>
    public async Task UntilALockIsWaitedForAsync(int waiters = 1)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await QueryAsync<long>(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
            + "and datname = current_database()") < waiters)
            timeout.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until commands have taken the side path of this row.</summary>
    public async Task UntilASidePathWaitsAsync(RowKey row)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!Services.GetRequiredService<HeldRows>().Contains(row))
            await Task.Delay(10, timeout.Token);
    }

    /// <summary>
    /// Holds each COMMIT that inserts into the table until disposed. It is no lock, so no timeout ends it.
    /// </summary>
    public async Task<IAsyncDisposable> HoldCommitsAsync(string table)
    {
        await ExecuteAsync($$"""
            create function public.hold_commit() returns trigger language plpgsql as $$
            begin
                while not pg_try_advisory_xact_lock_shared(4712) loop perform pg_sleep(0.01); end loop;
                return null;
            end $$;
            create constraint trigger a_hold_commit after insert on {{table}} deferrable initially deferred
                for each row execute function public.hold_commit();
            """);
        var holder = new NpgsqlConnection($"{ConnectionString};Pooling=false");
        await holder.OpenAsync();
        await using var hold = new NpgsqlCommand("select pg_advisory_lock(4712)", holder);
        await hold.ExecuteNonQueryAsync();
        return holder;
    }

    public async Task UntilACommitIsHeldAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await QueryAsync<long>("""
            select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()
            """) == 0)
            timeout.Token.ThrowIfCancellationRequested();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(Environments.Development);
        builder.UseSetting("ConnectionStrings:Shop", ConnectionString);
        builder.UseSetting("DataPlatform:Directory", PlatformDirectory);
        builder.UseSetting("Database:CheckLockOrder", "true");
        foreach (var (name, value) in settings)
            builder.UseSetting(name, value);
        builder.ConfigureLogging(logging => logging
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter<LostTransactions>(LostTransactions.Category, LogLevel.Information)
            .AddFilter<SentStatements>(SentStatements.Category, LogLevel.Information)
            .AddProvider(Lost)
            .AddProvider(Sent));
        builder.ConfigureTestServices(services =>
        {
            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
            Clock.MoveDatabaseOf(services);
            // Passwords are hashed for real, only not for long.
            services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1_000);
            WithoutWorkers(services);
            configure?.Invoke(services);
        });
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
        NpgsqlConnection.ClearPool(new NpgsqlConnection(ConnectionString));
        if (Directory.Exists(PlatformDirectory))
            Directory.Delete(PlatformDirectory, recursive: true);
    }

    // The factory keeps its clients in a plain list, to dispose of them; tests ask for clients in parallel.
    private HttpClient NewClient()
    {
        lock (clients)
        {
            given.Add(CreateClient());
            return given[^1];
        }
    }

    // Workers are registered by a factory (AddWorker), the server and the framework's own services by their type.
    private static void WithoutWorkers(IServiceCollection services)
    {
        foreach (var worker in services.Where(service => service.ServiceType == typeof(IHostedService)
            && service.ImplementationFactory is not null).ToList())
            services.Remove(worker);
    }
}
