using System.Security.Cryptography;
using Shop.Client;
using Shop.HostProcesses;

namespace Shop.Chaos;

/// <summary>
/// The system under test: database, data platform, hosts, started in this order and ended in the other.
/// </summary>
internal sealed class Environment : IAsyncDisposable
{
    private const string AdminEmail = "admin@example.com";

    private readonly string adminPassword = RandomNumberGenerator.GetHexString(32);
    private readonly List<HostProcess> hosts = [];

    private Environment(IDatabase database, IPlatform platform, FakedClock? clock)
    {
        Database = database;
        Platform = platform;
        Clock = clock;
    }

    public IDatabase Database { get; }

    public IPlatform Platform { get; }

    public IReadOnlyList<HostProcess> Hosts => hosts;

    public Hosts Addresses { get; private set; } = new([]);

    /// <summary>To all hosts.</summary>
    public SocketsHttpHandler Connections { get; } = new() { ConnectTimeout = TimeSpan.FromSeconds(1) };

    /// <summary>The wall clock of the last host, or null where it has the machine's.</summary>
    public FakedClock? Clock { get; }

    public string AdminToken { get; private set; } = "";

    /// <param name="database">It runs, and ends with the environment, as platform and clock do.</param>
    /// <param name="connections">The names of the hosts, with their connection strings.</param>
    /// <param name="folder">The place of the hosts' logs.</param>
    public static async Task<Environment> StartAsync(
        IDatabase database,
        IPlatform platform,
        FakedClock? clock,
        IReadOnlyList<(string Host, string ConnectionString)> connections,
        string folder,
        History history,
        CancellationToken ct)
    {
        var environment = new Environment(database, platform, clock);
        try
        {
            await platform.StartAsync();
            foreach (var (host, connectionString) in connections)
            {
                var log = Path.Combine(folder, $"{host.Replace(' ', '-')}.log");
                var settings = environment.Settings(connectionString);
                environment.hosts.Add(new HostProcess(host, settings, log, history.Violate)
                {
                    Clock = host == connections[^1].Host ? clock : null,
                });
            }

            environment.Addresses = new Hosts([.. environment.hosts.Select(host => host.Address)]);
            await Task.WhenAll(environment.hosts.Select(host => host.StartAsync(ct)));
            await environment.SignInAsync(history, ct);
            return environment;
        }
        catch
        {
            await environment.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
            await host.DisposeAsync();
        Clock?.Dispose();
        Connections.Dispose();
        await Platform.DisposeAsync();
        await Database.DisposeAsync();
    }

    private async Task SignInAsync(History history, CancellationToken ct)
    {
        var client = new Client(Connections, Addresses, history, new Random(), Task.CompletedTask, ct);
        var session = await client.PostAsync("sign in", null, (shop, _) => shop.SignInAsync(
            new SignInRequest { Email = AdminEmail, Password = adminPassword }));
        AdminToken = session["accessToken"].GetString()!;
    }

    // Short times, so that orders expire and lists are computed while things go wrong, and that no handler fails to its
    // last attempt; tokens outlive the longest run.
    private Dictionary<string, string> Settings(string connectionString) => new(Platform.Settings)
    {
        // For the Fake provider of top-ups, which is of Development alone.
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["Wallet:TopUps:Provider"] = "Fake",
        ["Wallet:TopUps:Timeout"] = "00:00:01",
        ["Wallet:TopUps:LookupInterval"] = "00:00:01",
        ["ConnectionStrings:Shop"] = $"{connectionString};Maximum Pool Size=20",
        ["ConnectionStrings:Migrations"] = Database.MigrationsConnectionString,
        ["Identity:Admin:Email"] = AdminEmail,
        ["Identity:Admin:Password"] = adminPassword,
        ["Identity:Tokens:AccessLifetime"] = "23:00:00",
        ["RateLimiting:Enabled"] = "false",
        // A sign-in without an answer counts as failed: a lock must end well within the calm minute.
        ["Identity:Lockout:Duration"] = "00:00:01",
        ["Outbox:RetryDelay"] = "00:00:00.500",
        ["Outbox:MaxRetryDelay"] = "00:00:02",
        ["Outbox:MaxAttempts"] = "100",
        ["Ordering:PaymentWindow"] = "00:00:15",
        ["Ordering:ExpiryInterval"] = "00:00:01",
        ["Ranking:Interval"] = "00:00:05",
    };
}
