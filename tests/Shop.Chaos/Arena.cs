using System.Security.Cryptography;
using Shop.HostProcesses;

namespace Shop.Chaos;

/// <summary>All that takes part, started in order and ended in the other: database, data platform, hosts.</summary>
internal sealed class Arena : IAsyncDisposable
{
    private const string AdminEmail = "admin@example.com";

    private readonly string adminPassword = RandomNumberGenerator.GetHexString(32);
    private readonly List<HostProcess> hosts = [];

    private Arena(Cluster cluster, IPlatform platform)
    {
        Cluster = cluster;
        Platform = platform;
    }

    public Cluster Cluster { get; }

    public IPlatform Platform { get; }

    public IReadOnlyList<HostProcess> Hosts => hosts;

    public Hosts Addresses { get; private set; } = new([]);

    public HttpClient Http { get; } = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromSeconds(2) };

    public string AdminToken { get; private set; } = "";

    public static async Task<Arena> StartAsync(ChaosOptions options, string folder, Journal journal, CancellationToken ct)
    {
        IPlatform platform = options.PlatformFiles ? new PlatformFiles(Path.Combine(folder, "platform")) : new PlatformReceiver(journal);
        var arena = new Arena(await Cluster.StartAsync(ct), platform);
        try
        {
            await platform.StartAsync();
            for (var number = 1; number <= options.Hosts; number++)
            {
                var log = Path.Combine(folder, $"host-{number}.log");
                arena.hosts.Add(new HostProcess($"host {number}", arena.Settings(), log, journal.Violate));
            }

            arena.Addresses = new Hosts([.. arena.hosts.Select(host => host.Address)]);
            await Task.WhenAll(arena.hosts.Select(host => host.StartAsync(ct)));
            await arena.SignInAsync(journal, ct);
            return arena;
        }
        catch
        {
            await arena.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
            await host.DisposeAsync();
        Http.Dispose();
        await Platform.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    private async Task SignInAsync(Journal journal, CancellationToken ct)
    {
        var client = new Client(Http, Addresses, journal, new Random(), Task.CompletedTask, ct);
        var session = await client.PostAsync("sign in", null, "/sessions", new { email = AdminEmail, password = adminPassword });
        AdminToken = session["accessToken"].GetString()!;
    }

    // Short times, so that orders expire and lists are computed while things go wrong; tokens outlive the longest run.
    private Dictionary<string, string> Settings() => new(Platform.Settings)
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["ConnectionStrings:Shop"] = $"{Cluster.ConnectionString};Maximum Pool Size=20",
        ["Identity:Admin:Email"] = AdminEmail,
        ["Identity:Admin:Password"] = adminPassword,
        ["Identity:Tokens:AccessLifetime"] = "23:00:00",
        ["RateLimiting:Enabled"] = "false",
        ["Ordering:PaymentWindow"] = "00:00:15",
        ["Ordering:ExpiryInterval"] = "00:00:01",
        ["Ranking:Interval"] = "00:00:05",
    };
}
