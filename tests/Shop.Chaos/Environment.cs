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

    private Environment(Cluster cluster, IPlatform platform)
    {
        Cluster = cluster;
        Platform = platform;
    }

    public Cluster Cluster { get; }

    public IPlatform Platform { get; }

    public IReadOnlyList<HostProcess> Hosts => hosts;

    public Hosts Addresses { get; private set; } = new([]);

    /// <summary>To all hosts.</summary>
    public SocketsHttpHandler Connections { get; } = new() { ConnectTimeout = TimeSpan.FromSeconds(1) };

    /// <summary>The wall clock of the last host, or null on a machine without libfaketime.</summary>
    public FakedClock? Clock { get; } = FakedClock.Library is null ? null : new FakedClock(TimeSpan.Zero);

    public string AdminToken { get; private set; } = "";

    public static async Task<Environment> StartAsync(
        ChaosOptions options, string folder, History history, CancellationToken ct)
    {
        IPlatform platform =
            options.PlatformFiles ? new PlatformFiles(Path.Combine(folder, "platform")) : new PlatformReceiver(history);
        var environment = new Environment(await Cluster.StartAsync(ct), platform);
        try
        {
            await platform.StartAsync();
            for (var number = 1; number <= options.Hosts; number++)
            {
                var log = Path.Combine(folder, $"host-{number}.log");
                environment.hosts.Add(new HostProcess($"host {number}", environment.Settings(), log, history.Violate)
                {
                    Clock = number == options.Hosts ? environment.Clock : null,
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
        await Cluster.DisposeAsync();
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
    private Dictionary<string, string> Settings() => new(Platform.Settings)
    {
        // For the Fake provider of top-ups, which is of Development alone.
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["Wallet:TopUps:Provider"] = "Fake",
        ["Wallet:TopUps:Timeout"] = "00:00:01",
        ["Wallet:TopUps:LookupInterval"] = "00:00:01",
        ["ConnectionStrings:Shop"] = $"{Cluster.ConnectionString};Maximum Pool Size=20",
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
