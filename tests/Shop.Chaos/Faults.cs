using Shop.HostProcesses;

namespace Shop.Chaos;

/// <summary>A fault of the environment. It is repaired in every case, also when the run is cancelled.</summary>
internal static class Faults
{
    private const int SlowConnections = 150;

    // The rows that customers want: the last round's products, and the wallets of the last ones.
    private const string WantedProduct = """
        select product_id from (
            select product_id from catalog.products where price > 1 order by product_id desc limit 5) as wanted
        order by random() limit 1
        """;

    private const string WantedWallet = """
        select user_id from (select user_id from wallet.wallets order by user_id desc limit 20) as wanted
        order by random() limit 1
        """;

    private static readonly TimeSpan AtStart = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan WhileItRuns = TimeSpan.FromHours(1);

    /// <exception cref="FormatException">A chosen fault does not exist here.</exception>
    public static IReadOnlyList<Fault> Of(
        Environment environment, Cluster cluster, History history, IReadOnlyList<string>? chosen)
    {
        var all = All(environment, cluster, history);
        var unknown = chosen?.Except(all.Select(fault => fault.Name)).ToList();
        return unknown switch
        {
            null => all,
            [] => [.. all.Where(fault => chosen!.Contains(fault.Name))],
            _ => throw new FormatException(
                $"There is no fault {string.Join(", ", unknown)} here. There are: "
                + $"{string.Join(", ", all.Select(fault => fault.Name).Distinct())}."),
        };
    }

    private static IReadOnlyList<Fault> All(Environment environment, Cluster cluster, History history)
    {
        var (platform, hosts) = (environment.Platform, environment.Hosts);
        var handler = new FailingHandler(cluster);
        var stopped = new StoppedHost(environment, history);
        return
        [
            .. OfDatabase(cluster, handler),
            .. OfHosts(hosts),
            .. platform.Failures.Select(failure => new Fault(
                failure.Key, [platform], (random, ct) => FailAsync(platform, failure.Value, random, ct))),
            // Alone: another fault would count as the stopped host's doing.
            .. hosts.Where(_ => hosts.Count > 1).Select(host => new Fault(
                "host stopped", [cluster, platform, .. hosts], (random, ct) => stopped.RunAsync(host, random, ct))),
            .. environment.Clock is { } clock ? OfClock(clock, hosts[^1]) : [],
        ];
    }

    private static IEnumerable<Fault> OfDatabase(Cluster cluster, FailingHandler handler) =>
    [
        new("database killed", [cluster], (random, _) => KillServerAsync(cluster, random)),
        new("sessions ended", [cluster], (random, _) => cluster.EndSessionsAsync(random.NextDouble())),
        new("row held", [cluster], (random, ct) => HoldRowAsync(cluster, random, ct)),
        new("handler fails", [cluster], (random, ct) => FailHandlerAsync(handler, random, ct)),
    ];

    private static IEnumerable<Fault> OfHosts(IReadOnlyList<HostProcess> hosts) =>
    [
        .. hosts.Select(host => new Fault("host killed", [host], (random, _) => KillAsync(host, random))),
        // One at a time: while all of them stand still nothing happens that could go wrong.
        .. hosts.Select(
            host => new Fault("host paused", [host, nameof(PauseAsync)], (random, ct) => PauseAsync(host, random, ct))),
        .. hosts.Select(host => new Fault("slow bodies", [host], (random, ct) => SendSlowlyAsync(host, random, ct))),
    ];

    private static IEnumerable<Fault> OfClock(FakedClock clock, HostProcess host) =>
    [
        new("clock off at start", [host], async (random, ct) =>
        {
            await host.KillAsync();
            clock.Set(random.Next(2) == 0 ? AtStart : -AtStart);
            try
            {
                await host.StartAsync(CancellationToken.None);
                await Pause.QuietlyAsync(random.Next(2_000, 6_000), ct);
            }
            finally
            {
                clock.Set(TimeSpan.Zero);
            }
        }),
        new("clock an hour off", [host], async (random, ct) =>
        {
            clock.Set(random.Next(2) == 0 ? WhileItRuns : -WhileItRuns);
            await Pause.QuietlyAsync(random.Next(4_000, 8_000), ct);
            clock.Set(TimeSpan.Zero);
        }),
    ];

    private static async Task KillServerAsync(Cluster cluster, Random random)
    {
        cluster.Kill();
        await Task.Delay(random.Next(2_000));
        await cluster.StartAgainAsync(CancellationToken.None);
    }

    // As somebody's own session does that was left open, or another program's.
    private static async Task HoldRowAsync(Cluster cluster, Random random, CancellationToken ct)
    {
        await using var held = await cluster.HoldAsync(random.Next(2) == 0
            ? $"select from catalog.stock where product_id = ({WantedProduct}) for update"
            : $"select from wallet.wallets where user_id = ({WantedWallet}) for update");
        await Pause.QuietlyAsync(random.Next(2_000, 6_000), ct);
    }

    private static async Task FailHandlerAsync(FailingHandler handler, Random random, CancellationToken ct)
    {
        await handler.FailAsync(random.Next(2) == 0 ? WantedProduct : null);
        await Pause.QuietlyAsync(random.Next(2_000, 6_000), ct);
        await handler.RepairAsync();
    }

    private static async Task KillAsync(HostProcess host, Random random)
    {
        await host.KillAsync();
        await Task.Delay(random.Next(1_500));
        await host.StartAsync(CancellationToken.None);
    }

    // PostgreSQL ends an idle transaction after 1 s in a batch, else after 3 s; every pause is longer. One pause in six
    // outlasts a delivery's lease, too.
    private static async Task PauseAsync(HostProcess host, Random random, CancellationToken ct)
    {
        host.Pause();
        await Pause.QuietlyAsync(random.Next(6) == 0 ? random.Next(31_000, 36_000) : random.Next(10_500, 13_000), ct);
        host.Resume();
    }

    // From a network of their own, and more than a host has permits.
    private static async Task SendSlowlyAsync(HostProcess host, Random random, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        over.CancelAfter(random.Next(4_000, 8_000));
        using var bodies = new SlowBodies(host.Address);
        await bodies.RunAsync(Enumerable.Repeat(Network.Number(0), SlowConnections), over.Token);
        if (bodies.Opened < SlowConnections)
            throw new InvalidOperationException($"The attack did not happen: {bodies}");
    }

    private static async Task FailAsync(IPlatform platform, Func<Task> fail, Random random, CancellationToken ct)
    {
        await fail();
        await Pause.QuietlyAsync(random.Next(2_000, 6_000), ct);
        await platform.RepairAsync();
    }
}
