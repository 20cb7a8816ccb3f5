using System.Diagnostics;
using Shop.Bench.Load;

namespace Shop.Bench.Machine;

/// <summary>A database, the host on it, and who is in it.</summary>
internal sealed class TestedShop : IAsyncDisposable
{
    private readonly Cluster cluster;
    private readonly string? program;
    private readonly List<HostProcess> others = [];
    private int runs;

    private TestedShop(Cluster cluster, string database, string? program, HostProcess host, Population population)
    {
        this.cluster = cluster;
        this.program = program;
        Database = database;
        Host = host;
        Population = population;
    }

    public string Database { get; }

    public HostProcess Host { get; private set; }

    public Population Population { get; }

    /// <param name="program">The host's assembly; null for the one that was built with the bench.</param>
    public static async Task<TestedShop> OpenAsync(Cluster cluster, string database, Size size, string? program = null)
    {
        await cluster.CreateDatabaseAsync(database);
        var host = await HostProcess.StartAsync(
            cluster.ConnectionString(database), new Dictionary<string, string>(), program);
        var population = await Population.SeedAsync(cluster, database, host, size);
        return new TestedShop(cluster, database, program, host, population);
    }

    /// <summary>Another host in place of this one, with other settings. Tokens are still good.</summary>
    public async Task RestartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        await Host.DisposeAsync();
        Host = await HostProcess.StartAsync(
            cluster.ConnectionString(Database), settings ?? new Dictionary<string, string>(), program);
    }

    /// <summary>Starts hosts beside the first one, on its database, until there are so many in all.</summary>
    public async Task StartHostsAsync(int count)
    {
        while (1 + others.Count < count)
            others.Add(await HostProcess.StartAsync(
                cluster.ConnectionString(Database), new Dictionary<string, string>(), program));
    }

    public LoadPlan Plan(string traffic, int connections, double warmUp, double seconds) => new(
        traffic, [Host.Port, .. others.Select(other => other.Port)], connections, warmUp, seconds,
        Seed: (Environment.ProcessId * 1000) + ++runs,
        Population.Users, Population.Products, new IdRange(0, 0),
        Population.StorefrontTokens, Population.Customers);

    /// <summary>
    /// Runs the load and reads what it costs the first host and PostgreSQL, between the beginning and the end of its
    /// window.
    /// </summary>
    public async Task<ShopRun> MeasureAsync(LoadPlan plan)
    {
        ProcFiles.ResetPeak(Host.ProcessId);
        Counters? before = null;
        Counters? after = null;
        var load = await GeneratorProcess.RunAsync(
            plan, async () => before = await CountersAsync(), async () => after = await CountersAsync());
        var used = after! - before!;
        return new ShopRun(load, used, ProcFiles.PeakMegabytes(Host.ProcessId));
    }

    /// <summary>
    /// Waits until no event is left to be handled and no delivery to be made: they are the run's own, not the next
    /// one's.
    /// </summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> DrainAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (await cluster.ScalarAsync<bool>(
            Database,
            "select exists (select from ordering.outbox) or exists (select from ordering.deliveries "
            + "where status = 'PENDING')",
            pooled: true))
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(10))
                throw new InvalidOperationException($"Events are not handled.\n{Host.Log()}");
            await Task.Delay(100);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    /// <returns>The result of the audit: a line for each check with violations.</returns>
    public async Task<IReadOnlyList<string>> AuditAsync()
    {
        var report = await Host.AdminAsync(HttpMethod.Get, "/api/v1/admin/audit", Population.AdminToken);
        return (bool)report["consistent"]! ? [] :
            [.. report["checks"]!
                .AsArray()
                .Where(check => (long)check!["violations"]! > 0)
                .Select(check => $"{check!["name"]}: {check["violations"]}, {check["examples"]?.ToJsonString()}")];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in others.Prepend(Host))
            await host.DisposeAsync();
    }

    private async Task<Counters> CountersAsync()
    {
        var gauge = await Host.ReadGaugeAsync();
        return new Counters(
            ProcFiles.CpuMilliseconds(Host.ProcessId),
            ProcFiles.FamilyCpuMilliseconds(cluster.Postmaster),
            gauge.AllocatedBytes,
            gauge.Commands,
            gauge.FullCollections,
            await cluster.ScalarAsync<long>(
                Database, "select xact_commit from pg_stat_database where datname = current_database()", pooled: true));
    }
}

/// <summary>Counted from the start of the processes; the difference of two is what a run used.</summary>
/// <param name="Transactions">Committed, as PostgreSQL's statistics have it: up to a second late.</param>
internal sealed record Counters(
    double HostCpuMilliseconds,
    double PostgresCpuMilliseconds,
    long AllocatedBytes,
    long Commands,
    long FullCollections,
    long Transactions)
{
    public static Counters operator -(Counters after, Counters before) => new(
        after.HostCpuMilliseconds - before.HostCpuMilliseconds,
        after.PostgresCpuMilliseconds - before.PostgresCpuMilliseconds,
        after.AllocatedBytes - before.AllocatedBytes,
        after.Commands - before.Commands,
        after.FullCollections - before.FullCollections,
        after.Transactions - before.Transactions);
}

/// <summary>One run of the load against the shop.</summary>
internal sealed record ShopRun(LoadResult Load, Counters Used, double PeakMegabytes)
{
    public double PerSecond => Load.Operations / Load.Seconds;

    public double HostCpuPerOperation => Used.HostCpuMilliseconds / Math.Max(1, Load.Operations);

    public double PostgresCpuPerOperation => Used.PostgresCpuMilliseconds / Math.Max(1, Load.Operations);

    public double GeneratorCpuPerOperation => Load.CpuMilliseconds / Math.Max(1, Load.Operations);

    public double BytesPerRequest => Used.AllocatedBytes / (double)Math.Max(1, Load.Requests);

    public double CommandsPerRequest => Used.Commands / (double)Math.Max(1, Load.Requests);

    public double TransactionsPerRequest => Used.Transactions / (double)Math.Max(1, Load.Requests);
}
